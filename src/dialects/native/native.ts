import type { Dialect } from "../../edge/dialect.ts";
import { type Route, route } from "../../edge/routes.ts";
import { batchCreateOperations } from "./handlers/batch-create.ts";
import { getDeliveries, redeliver } from "./handlers/deliveries.ts";
import { getStats, listKinds } from "./handlers/discovery.ts";
import { answerInput, getInput } from "./handlers/input.ts";
import { getOpenApi } from "./handlers/openapi.ts";
import {
  batchGetOperations,
  cancelOperation,
  deleteOperation,
  getOperation,
  listOperations,
  postOperation,
} from "./handlers/operations.ts";
import { getResult } from "./handlers/results.ts";
import { createTicket } from "./handlers/tickets.ts";
import { getTrends } from "./handlers/trends.ts";
import {
  claimOperations,
  completeOperation,
  failOperation,
  reportOperation,
} from "./handlers/work.ts";
import { operationEvents, tenantEvents } from "./watching/events.ts";
import { watchOperation, watchTenant } from "./watching/watch.ts";

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
];

/** What a tenant-wide watch reads of its query. */
const filtering = ["kind", "label", "after"];

/** routes is every path of the native API, with what each method needs and does. */
export const routes: readonly Route[] = [
  route("/api/v1/operations", {
    GET: { scope: "read", handler: listOperations, query: listing },
    POST: { scope: "write", handler: postOperation, query: ["sync", "timeout"] },
  }),
  route("/api/v1/operations:batchGet", {
    POST: { scope: "read", handler: batchGetOperations, query: [] },
  }),
  route("/api/v1/operations:batchCreate", {
    POST: { scope: "write", handler: batchCreateOperations, query: [] },
  }),
  route("/api/v1/operations:claim", {
    POST: { scope: "work", handler: claimOperations, query: ["wait"] },
  }),
  route("/api/v1/operations/{id}:complete", {
    POST: { scope: "work", handler: completeOperation, query: [] },
  }),
  route("/api/v1/operations/{id}:fail", {
    POST: { scope: "work", handler: failOperation, query: [] },
  }),
  route("/api/v1/operations/{id}:input", {
    POST: { scope: "write", handler: answerInput, query: [] },
  }),
  route("/api/v1/operations/{id}:cancel", {
    POST: { scope: "write", handler: cancelOperation, query: [] },
  }),
  route("/api/v1/operations/{id}:tickets", {
    POST: { scope: "read", handler: createTicket, query: [] },
  }),
  route("/api/v1/operations/{id}:redeliver", {
    POST: { scope: "write", handler: redeliver, query: [] },
  }),
  route("/api/v1/operations/{id}/deliveries", {
    GET: { scope: "read", handler: getDeliveries, query: [] },
  }),
  route("/api/v1/operations/{id}/input", { GET: { scope: "read", handler: getInput, query: [] } }),
  route("/api/v1/operations/{id}/result", {
    GET: { scope: "read", handler: getResult, query: ["wait"] },
  }),
  route("/api/v1/operations/{id}/events", {
    GET: { scope: "read", handler: operationEvents, query: ["after", "ticket"] },
  }),
  route("/api/v1/operations/{id}/watch", {
    GET: { scope: "read", handler: watchOperation, query: ["after", "ticket"] },
  }),
  route("/api/v1/events", { GET: { scope: "read", handler: tenantEvents, query: filtering } }),
  route("/api/v1/watch", { GET: { scope: "read", handler: watchTenant, query: filtering } }),
  route("/api/v1/operations/{id}", {
    GET: { scope: "read", handler: getOperation, query: ["wait"] },
    PATCH: { scope: "work", handler: reportOperation, query: [] },
    DELETE: { scope: "write", handler: deleteOperation, query: [] },
  }),
  route("/api/v1/kinds", { GET: { scope: "read", handler: listKinds, query: [] } }),
  route("/api/v1/stats", { GET: { scope: "read", handler: getStats, query: [] } }),
  route("/api/v1/openapi.json", { GET: { scope: "read", handler: getOpenApi, query: [] } }),
  route("/api/v1/trends", { GET: { scope: "read", handler: getTrends, query: ["range"] } }),
];

/** native is the wire of this service itself. */
export const native: Dialect = { name: "native", place: "/api/v1", routes };
