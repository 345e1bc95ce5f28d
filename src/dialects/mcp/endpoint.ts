import { type Failure, failure, quote } from "../../core/errors.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked, Exchange, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import {
  decodeMessage,
  encodeResponse,
  type Message,
  type Outcome,
  RpcCode,
  refused,
  refusedFor,
} from "../rpc/json-rpc.ts";
import { eraOf, httpStatus, refuseVersion, tasksExtension } from "./era.ts";
import { legacyMethods } from "./legacy.ts";
import type { Asking } from "./method.ts";
import { modernMethods } from "./modern.ts";
import { answerQuestion } from "./tasks/answer-question.ts";
import { askedOf, keyOf } from "./tasks/questions.ts";

/** postMessage is `POST /api/mcp`: one JSON-RPC message, without a session. */
export const postMessage: Handler = async (exchange) => {
  const { request, config } = exchange;
  const foreign = refuseOrigin(exchange);
  if (foreign) return problem(exchange, foreign);
  const body = await readJson(request, config.maxBody);
  if (!body.ok) {
    const { code, message } = body.failure;
    if (code === "malformed-json") return respond(refused(RpcCode.parseError, message), 400);
    if (code === "validation-failed") return respond(refused(RpcCode.invalidRequest, message), 400);
    return problem(exchange, body.failure);
  }
  const decoded = decodeMessage(body.value);
  if (!decoded.ok) return respond(decoded, 400);
  const message = decoded.value;
  if (message.type === "request") return answer(exchange, message);
  const unknown = refuseVersion(request.headers);
  if (unknown) return respond(unknown, 400);
  return message.type === "response" ? take(exchange, message) : accepted();
};

/** Responds to a request by its method, in its protocol's revision. */
async function answer(exchange: Asked, message: Asking): Promise<Response> {
  const { id, method: name } = message;
  const spoken = eraOf(name, message.params, exchange.request.headers);
  if (!spoken.ok) return respond(spoken, 400, id);
  const era = spoken.value;
  const methods = era.name === "modern" ? modernMethods : legacyMethods;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  const lacksTasks = method?.isOfTasks && !era.hasTasks;
  if (!method || (lacksTasks && era.name === "legacy")) {
    const outcome = refused(RpcCode.methodNotFound, `Unknown method: ${quote(name)}`);
    return respond(outcome, era.name === "modern" ? 404 : 200, id);
  }
  if (lacksTasks) return respond(wantTasks, 400, id);
  if (!allows(exchange.caller, method.scope)) {
    return problem(exchange, failure("forbidden", `The token lacks the scope ${method.scope}`));
  }
  const outcome = await method.run(exchange, message, era);
  if (outcome instanceof Response) return outcome;
  return respond(outcome, outcome.ok ? 200 : httpStatus(era.name, outcome.failure), id);
}

const wantTasks = refused(RpcCode.missingCapability, "Tasks require a client that supports them", {
  requiredCapabilities: { extensions: { [tasksExtension]: {} } },
});

/**
 * Takes a client's response to a question that a stream has sent; its ID says which. A client that does not support
 * questions responds with an error, and the question stays open for others.
 */
async function take(
  exchange: Asked,
  { id, result }: Message & { readonly type: "response" },
): Promise<Response> {
  const asked = askedOf(id);
  if (!asked || result.value === undefined) return accepted();
  if (!allows(exchange.caller, "write")) {
    return problem(exchange, failure("forbidden", "The token lacks the scope write"));
  }
  const found = await exchange.map.get(asked.taskId);
  if (found.error || keyOf(found.op) !== asked.key) return accepted();
  const wrong = await answerQuestion(exchange, found, result);
  return wrong ? respond(refusedFor(wrong), 400) : accepted();
}

function accepted(): Response {
  return new Response(null, { status: 202 });
}

/**
 * A page of another origin may send nothing here. In development, the Worker's own origin must be this machine, so that
 * a name that somebody else has pointed here does not pass for it. Source: MCP, "Streamable HTTP", security warning.
 */
function refuseOrigin({ request, origin, config }: Exchange): Failure | undefined {
  const page = request.headers.get("origin");
  if (page === null || config.allowedOrigins.includes(page)) return undefined;
  const isHere = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(page);
  if (page === origin && (isHere || !config.isDevelopment)) return undefined;
  return failure("forbidden", `The origin ${quote(page)} must not make this request`);
}

function respond(outcome: Outcome, status: number, id: Asking["id"] | null = null): Response {
  return json(encodeResponse(id, outcome), status);
}
