import type { ActionSpec } from "../../edge/action-spec.ts";

const operations = "/api/v1/operations";
const one = `${operations}/{id}` as const;

/** What a list reads of its query. */
const listing = [
  "status",
  "kind",
  "label",
  "createdAfter",
  "createdBefore",
  "order",
  "limit",
  "pageToken",
] as const;

/** What a tenant-wide watch reads of its query. */
const filtering = ["kind", "label", "after"] as const;

/**
 * actions are everything that the native API can be asked for, by id: the router, the scopes, the
 * bounds of tickets and the OpenAPI document read them here. What there is to say of each is in
 * openapi/, which the Worker does not carry.
 */
export const actions = {
  listOperations: { method: "GET", path: operations, scope: "read", query: listing },
  createOperation: {
    method: "POST",
    path: operations,
    scope: "write",
    query: ["sync", "timeout"],
    request: "json",
  },
  batchGetOperations: {
    method: "POST",
    path: `${operations}:batchGet`,
    scope: "read",
    query: [],
    request: "json",
  },
  batchCreateOperations: {
    method: "POST",
    path: `${operations}:batchCreate`,
    scope: "write",
    query: [],
    request: "json",
  },
  claimOperations: {
    method: "POST",
    path: `${operations}:claim`,
    scope: "work",
    query: ["wait"],
    request: "json",
  },
  completeOperation: {
    method: "POST",
    path: `${one}:complete`,
    scope: "work",
    query: [],
    request: "json",
  },
  failOperation: {
    method: "POST",
    path: `${one}:fail`,
    scope: "work",
    query: [],
    request: "json",
  },
  answerInput: {
    method: "POST",
    path: `${one}:input`,
    scope: "write",
    query: [],
    request: "json",
  },
  cancelOperation: { method: "POST", path: `${one}:cancel`, scope: "write", query: [] },
  createTicket: {
    method: "POST",
    path: `${one}:tickets`,
    scope: "read",
    query: [],
    request: "json",
  },
  redeliver: { method: "POST", path: `${one}:redeliver`, scope: "write", query: [] },
  getDeliveries: { method: "GET", path: `${one}/deliveries`, scope: "read", query: [] },
  getInput: { method: "GET", path: `${one}/input`, scope: "read", query: [] },
  getResult: {
    method: "GET",
    path: `${one}/result`,
    scope: "read",
    query: ["wait"],
    ticket: "bearer",
  },
  streamOperation: {
    method: "GET",
    path: `${one}/events`,
    scope: "read",
    query: ["after", "ticket"],
    ticket: "query",
  },
  watchOperation: {
    method: "GET",
    path: `${one}/watch`,
    scope: "read",
    query: ["after", "ticket"],
    ticket: "query",
  },
  streamOperations: { method: "GET", path: "/api/v1/events", scope: "read", query: filtering },
  watchOperations: { method: "GET", path: "/api/v1/watch", scope: "read", query: filtering },
  getOperation: { method: "GET", path: one, scope: "read", query: ["wait"], ticket: "bearer" },
  reportOperation: { method: "PATCH", path: one, scope: "work", query: [], request: "json" },
  deleteOperation: { method: "DELETE", path: one, scope: "write", query: [] },
  listKinds: { method: "GET", path: "/api/v1/kinds", scope: "read", query: [] },
  getStats: { method: "GET", path: "/api/v1/stats", scope: "read", query: [] },
  getOpenApi: { method: "GET", path: "/api/v1/openapi.json", scope: "read", query: [] },
  getTrends: { method: "GET", path: "/api/v1/trends", scope: "read", query: ["range"] },
} as const satisfies Readonly<Record<string, ActionSpec>>;

/** ActionId is the id of an action, and the `operationId` of the OpenAPI document. */
export type ActionId = keyof typeof actions;
