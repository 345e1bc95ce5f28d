import { packageVersion } from "../../../base/version.ts";
import { subprotocol } from "../../../core/watching/frames.ts";
import type { Tag } from "../actions/action.ts";
import { describedActions } from "./described-actions.ts";
import { examples } from "./examples.ts";
import { headers } from "./headers.ts";
import { operation } from "./operation-answers.ts";
import { parameters } from "./parameters.ts";
import { namedSchemas, refTo } from "./vocabulary.ts";
import {
  watchAttempt,
  watchDeleted,
  watchError,
  watchFrame,
  watchMessage,
  watchPong,
  watchPosition,
} from "./watch-answers.ts";
import { problemsOf, writeAction } from "./written-action.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * openApi returns the description of the native API as OpenAPI 3.1. The schemas of requests are those that validate
 * them; tests check those of responses against real responses. Requests go to the origin that the document comes from.
 * It is written at build time: the Worker does not contain it.
 */
export function openApi(): Json {
  return {
    openapi: "3.1.1",
    info: {
      title: "Edge Operations",
      version: packageVersion,
      summary: "Any slow call becomes a durable operation.",
      description: about,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, { basic: [] }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: paths(),
    webhooks: { operationFinished },
    components: {
      schemas: namedSchemas(),
      parameters,
      headers,
      examples,
      responses: responses(),
      securitySchemes,
    },
    "x-websocket": {
      [subprotocol]: {
        sent: [watchFrame, watchDeleted, watchAttempt, watchPosition, watchError, watchPong].map(
          refTo,
        ),
        received: [refTo(watchMessage)],
      },
    },
  };
}

const about = `An operation is a slow call made durable: the service responds at once with an id, and the operation can be polled, waited for, watched and canceled until its result expires.

Times are RFC 3339 in UTC with milliseconds, durations are in Go's format (\`1m30s\`), and URLs are absolute. Numbers in inputs, metadata, results, details and answers are returned as they were written, even \`9007199254740993\` and \`1e400\`, which many JSON parsers round. HEAD works where GET does; other methods return 405 with \`Allow\`. Errors are \`application/problem+json\`; branch on \`error.code\`. A token has scopes: \`read\`, \`write\`, \`work\`, or \`admin\` for all; each endpoint lists the scope that it requires. Another tenant's resources look as if they did not exist. Every response has \`X-Request-Id\`. Objects in responses may gain new members; ignore those that you do not know.`;

const tags: Readonly<Record<Tag, string>> = {
  Operations: "Create, find, wait for, cancel, and fetch results.",
  Watching: "Every change, as it happens: server-sent events or a WebSocket.",
  Workers: "For outside workers: claim, report, complete or fail.",
  Webhooks: "Deliveries of webhooks.",
  Proxy: "Requests to a slow HTTP service, as operations.",
  Service: "Kinds, counts, health and this document.",
};

const securitySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "A token or, for reading one operation, a ticket (RFC 6750).",
  },
  basic: {
    type: "http",
    scheme: "basic",
    description: "The token as the password, with any user name (RFC 7617).",
  },
  ticket: {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description: "A ticket for this operation, for EventSource. Tokens are not accepted here.",
  },
};

/** The description of this service's webhooks, for receivers. */
const operationFinished = {
  post: {
    operationId: "operationFinished",
    tags: ["Webhooks"],
    summary: "An operation has ended",
    description:
      "Sent to the `webhook` of a create, signed according to Standard Webhooks; retried for three days; delivered at least once.",
    security: [],
    parameters: [
      ["webhook-id", "The same for every delivery attempt."],
      ["webhook-timestamp", "The time of this delivery attempt, in seconds since 1970."],
      ["webhook-signature", "`v1,` and base64 of HMAC-SHA-256; several, separated by spaces."],
    ].map(([name, description]) => ({
      name,
      in: "header",
      required: true,
      description,
      schema: { type: "string" },
    })),
    requestBody: {
      required: true,
      content: { "application/json": { schema: refTo(operation) } },
    },
    responses: {
      "2XX": { description: "Accepted, within 15 s." },
      "410": { description: "The target no longer exists: the delivery is never retried." },
    },
  },
};

function paths(): Json {
  const byPath = Map.groupBy(describedActions, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, methods]) => [
      path,
      Object.fromEntries(methods.map((action) => [action.method, writeAction(action)])),
    ]),
  );
}

function responses(): Json {
  const problems = describedActions
    .flatMap(problemsOf)
    .map(({ name, response }): [string, Json] => [name, response]);
  return Object.fromEntries(problems.sort(([a], [b]) => (a < b ? -1 : 1)));
}
