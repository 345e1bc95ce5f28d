import type { ActionSpecs } from "../../edge/action-spec.ts";
import type { Dialect } from "../../edge/dialect.ts";
import { challenges } from "../../edge/problem.ts";
import { routesOf } from "../../edge/routes.ts";
import { agentCard } from "./card.ts";
import { place, root } from "./path.ts";
import { encodeFailure } from "./refusal.ts";
import { handlers } from "./rest.ts";
import { versionHeader } from "./version.ts";

const card = `${place}/agent-card.json` as const;

/** Where clients look for a host's card. */
const wellKnown = "/.well-known/agent-card.json";

const tasks = `${root}/tasks` as const;
const one = `${tasks}/{id}` as const;
const push = `${one}/pushNotificationConfigs` as const;

const listQuery = [
  "contextId",
  "status",
  "pageSize",
  "pageToken",
  "historyLength",
  "statusTimestampAfter",
  "includeArtifacts",
] as const;

const actions = {
  getCard: { method: "GET", path: card, scope: "read" },
  /** Methods that change something also need the scope `write`; the method says whether it does. */
  postRpc: { method: "POST", path: `${place}/rpc`, scope: "read", request: "json" },
  sendMessage: { method: "POST", path: `${root}/message:send`, scope: "write", request: "json" },
  streamMessage: {
    method: "POST",
    path: `${root}/message:stream`,
    scope: "write",
    request: "json",
  },
  listTasks: { method: "GET", path: tasks, scope: "read", query: listQuery },
  getTask: { method: "GET", path: one, scope: "read", query: ["historyLength"] },
  cancelTask: { method: "POST", path: `${one}:cancel`, scope: "write", request: "json" },
  subscribeToTask: { method: "POST", path: `${one}:subscribe`, scope: "read", request: "json" },
  subscribeByGet: { method: "GET", path: `${one}:subscribe`, scope: "read" },
  getTaskResult: {
    method: "GET",
    path: `${one}/result`,
    scope: "read",
    query: ["ticket"],
    ticket: "query",
  },
  createPush: { method: "POST", path: push, scope: "write", request: "json" },
  listPush: { method: "GET", path: push, scope: "read", query: ["pageSize", "pageToken"] },
  getPush: { method: "GET", path: `${push}/{config}`, scope: "read" },
  deletePush: { method: "DELETE", path: `${push}/{config}`, scope: "write" },
  getExtendedCard: { method: "GET", path: `${root}/extendedAgentCard`, scope: "read" },
} as const satisfies ActionSpecs;

/**
 * a2a is the Agent2Agent protocol 1.0, over HTTP+JSON and JSON-RPC: kinds are an agent's skills, and operations its
 * tasks.
 */
export const a2a: Dialect = {
  name: "a2a",
  place,
  headers: [versionHeader, "A2A-Extensions"],
  routes: routesOf(actions, handlers),
  rooted: (path) => (path === wellKnown ? card : undefined),
  open: { [card]: agentCard },
  failures: {
    mediaType: "application/json",
    challenges: [challenges.bearer],
    encode: encodeFailure,
  },
};
