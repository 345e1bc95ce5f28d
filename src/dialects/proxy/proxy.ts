import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { routesOf } from "../../edge/routes.ts";
import { forward } from "./forward.ts";

/** What follows the upstream's name is the upstream's. */
const actions = {
  forward: {
    method: "ANY",
    path: "/api/proxy/{upstream}/*",
    scope: "write",
    request: "bytes",
  },
  forwardRoot: { method: "ANY", path: "/api/proxy/{upstream}", scope: "write", request: "bytes" },
} as const satisfies ActionSpecs;

/** proxy makes an operation of a request to a slow HTTP service. */
export const proxy: Dialect = {
  name: "proxy",
  place: "/api/proxy",
  routes: routesOf(actions, { forward, forwardRoot: forward }),
  takesAnyQuery: true,
};
