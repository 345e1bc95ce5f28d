import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { routesOf } from "../../edge/routes.ts";
import { encodeFailure } from "./failure.ts";
import { handlers } from "./handlers.ts";
import { place, routedPath, targetHeader } from "./path.ts";
import { encodeWebhook } from "./status.ts";

const queue = `${place}/{owner}/{kind}` as const;
const one = `${queue}/requests/{id}` as const;

const actions = {
  submit: { method: "POST", path: queue, scope: "write", request: "json" },
  getStatus: { method: "GET", path: `${one}/status`, scope: "read" },
  streamStatus: { method: "GET", path: `${one}/status/stream`, scope: "read" },
  getResponse: { method: "GET", path: one, scope: "read" },
  getFile: { method: "GET", path: `${one}/file`, scope: "read", ticket: "query" },
  cancelRequest: { method: "PUT", path: `${one}/cancel`, scope: "write" },
} as const satisfies ActionSpecs;

/** fal is the queue of fal.ai: what `@fal-ai/client` submits to and polls, through its `proxyUrl`. */
export const fal: Dialect = {
  name: "fal",
  place,
  headers: [targetHeader],
  routes: routesOf(actions, handlers),
  // The query of a request is that of the URL in its header, which handlers read.
  takesAnyQuery: true,
  routed: routedPath,
  webhook: encodeWebhook,
  scheme: "key",
  failures: {
    mediaType: "application/json",
    challenges: ['Key realm="operations"'],
    statuses: { "validation-failed": 422 },
    encode: encodeFailure,
  },
};
