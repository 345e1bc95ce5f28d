import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { routesOf } from "../../edge/routes.ts";
import { encodeFailure } from "./failure.ts";
import { handlers } from "./handlers.ts";
import { place, root, rootedPath, routedPath } from "./path.ts";

const all = `${root}/operations` as const;
const one = `${all}/{id}` as const;

/** Parameters that clients send with each request about the format of the JSON, which is as they ask. */
const system = ["$alt", "alt", "prettyPrint", "$prettyPrint"] as const;

const actions = {
  createOperation: { method: "POST", path: all, scope: "write", query: system, request: "json" },
  listOperations: {
    method: "GET",
    path: all,
    scope: "read",
    query: ["filter", "pageSize", "pageToken", ...system],
  },
  getOperation: { method: "GET", path: one, scope: "read", query: system },
  deleteOperation: { method: "DELETE", path: one, scope: "write", query: system },
  cancelOperation: {
    method: "POST",
    path: `${one}:cancel`,
    scope: "write",
    query: system,
    request: "json",
  },
  waitOperation: {
    method: "POST",
    path: `${one}:wait`,
    scope: "read",
    query: system,
    request: "json",
  },
} as const satisfies ActionSpecs;

/**
 * google is `google.longrunning.Operations` over HTTP and JSON (AIP-151): what `google-gax`, Python's `google-api-core`
 * and clients generated from protos with grpc-gateway poll.
 */
export const google: Dialect = {
  name: "google",
  place,
  routes: routesOf(actions, handlers),
  routed: routedPath,
  rooted: rootedPath,
  failures: {
    mediaType: "application/json",
    challenges: [challenges.bearer],
    encode: encodeFailure,
  },
};
