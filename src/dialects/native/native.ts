import type { Dialect } from "../../edge/dialect.ts";
import type { Handler } from "../../edge/exchange.ts";
import { routesOf } from "../../edge/routes.ts";
import { type ActionId, actions } from "./actions.ts";
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

/** handlers are what each action does. */
const handlers: Readonly<Record<ActionId, Handler>> = {
  listOperations,
  createOperation: postOperation,
  batchGetOperations,
  batchCreateOperations,
  claimOperations,
  completeOperation,
  failOperation,
  answerInput,
  cancelOperation,
  createTicket,
  redeliver,
  getDeliveries,
  getInput,
  getResult,
  streamOperation: operationEvents,
  watchOperation,
  streamOperations: tenantEvents,
  watchOperations: watchTenant,
  getOperation,
  reportOperation,
  deleteOperation,
  listKinds,
  getStats,
  getOpenApi,
  getTrends,
};

/** routes are the paths of the native API. */
export const routes = routesOf(actions, handlers);

/** native is the wire of this service itself. */
export const native: Dialect = { name: "native", place: "/api/v1", routes };
