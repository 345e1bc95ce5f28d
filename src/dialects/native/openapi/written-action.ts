import type { ErrorCode } from "../../../core/errors.ts";
import type { Answer, Body, DescribedAction } from "../actions/action.ts";
import { type ExampleName, event } from "./examples.ts";
import type { HeaderName } from "./headers.ts";
import { type ProblemResponse, problemResponses } from "./problems.ts";
import { refTo } from "./vocabulary.ts";

type Json = Readonly<Record<string, unknown>>;

/** The possible errors of any request, and of any that requires a token. */
const anyProblems: readonly ErrorCode[] = ["internal"];
const closedProblems: readonly ErrorCode[] = [
  "validation-failed",
  "unauthenticated",
  "forbidden",
  "rate-limited",
  "internal",
  "unavailable",
];

/** problemsOf returns the problems with which an action may respond, by status. */
export function problemsOf({ scope, problems = [] }: DescribedAction): readonly ProblemResponse[] {
  return problemResponses([...problems, ...(scope ? closedProblems : anyProblems)]);
}

/** writeAction writes an action as an OpenAPI operation. */
export function writeAction(action: DescribedAction): Json {
  const { operationId, tag, scope, summary, description, parameters, body, answers } = action;
  const problems = problemsOf(action).map(({ status, name }): [string, Json] => [
    status,
    { $ref: `#/components/responses/${name}` },
  ]);
  const successes = Object.entries(answers).map(([status, answer]): [string, Json] => [
    status,
    writeAnswer(answer),
  ]);
  const more = [scope && `Scope: \`${scope}\`.`, ticketNote(action), description];
  return {
    operationId,
    tags: [tag],
    summary,
    description: more.filter((text) => text !== undefined).join(" "),
    ...security(action),
    ...(scope && { "x-scope": scope }),
    ...(parameters.length > 0 && {
      parameters: parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    }),
    ...(body && { requestBody: writeBody(body) }),
    responses: Object.fromEntries([...successes, ...problems]),
  };
}

function ticketNote({ ticket }: DescribedAction): string | undefined {
  if (ticket === undefined) return undefined;
  const place = ticket === "query" ? " in `ticket` or" : "";
  return `A ticket for the operation is accepted,${place} as the bearer token.`;
}

/** The difference to the document's own `security`. */
function security({ scope, ticket }: DescribedAction): Json {
  if (scope === undefined) return { security: [] };
  return ticket === "query" ? { security: [{ bearer: [] }, { basic: [] }, { ticket: [] }] } : {};
}

function writeBody({ schema, required = true }: Body): Json {
  const content =
    typeof schema === "string"
      ? writeContent(schema)
      : { "application/json": { schema: refTo(schema) } };
  return { required, content };
}

function writeAnswer({ description, headers = [], content, example }: Answer): Json {
  const names: readonly HeaderName[] = ["X-Request-Id", ...headers];
  return {
    description,
    headers: Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    ),
    ...(content !== undefined && { content: writeContent(content, example) }),
  };
}

function writeContent(content: NonNullable<Answer["content"]>, example?: ExampleName): Json {
  if (content === "bytes") return { "*/*": {} };
  if (content === "events") {
    return { "text/event-stream": { schema: { type: "string" }, example: event } };
  }
  if (content === "output") {
    return { "text/plain; charset=utf-8": {}, "text/event-stream": { schema: { type: "string" } } };
  }
  if (content === "metrics")
    return { "application/openmetrics-text": { schema: { type: "string" } } };
  if (content === "lines") return { "application/jsonl": { schema: { type: "string" } } };
  const schema = content === "document" ? { type: "object" } : refTo(content);
  const examples = example && { [example]: { $ref: `#/components/examples/${example}` } };
  return { "application/json": { schema, ...(examples && { examples }) } };
}
