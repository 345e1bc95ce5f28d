import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { routesOf } from "../../edge/routes.ts";
import { encodeFailure } from "../rpc/json-rpc.ts";
import { postMessage } from "./endpoint.ts";

/** Messages that change something also need the scope `write`; the message says whether it does. */
const actions = {
  postMessage: { method: "POST", path: "/api/mcp", scope: "read", request: "json" },
} as const satisfies ActionSpecs;

/** mcp is the Model Context Protocol over Streamable HTTP: kinds are tools, and operations tasks. */
export const mcp: Dialect = {
  name: "mcp",
  place: "/api/mcp",
  headers: ["Mcp-Method", "Mcp-Name", "MCP-Protocol-Version"],
  routes: routesOf(actions, { postMessage }),
  failures: {
    mediaType: "application/json",
    challenges: [challenges.bearer],
    encode: encodeFailure,
  },
};
