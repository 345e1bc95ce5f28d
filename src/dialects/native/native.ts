import type { Dialect } from "../../edge/dialect.ts";
import type { Handler } from "../../edge/exchange.ts";
import { routesOf } from "../../edge/routes.ts";
import { type ActionId, actions } from "./actions.ts";
import { attemptHandlers } from "./handlers/attempts.ts";
import { batchCreateOperations } from "./handlers/batch-create.ts";
import { bulkHandlers } from "./handlers/bulk.ts";
import { deliveryHandlers } from "./handlers/deliveries.ts";
import { discoveryHandlers } from "./handlers/discovery.ts";
import { inputHandlers } from "./handlers/input.ts";
import { movingHandlers } from "./handlers/moving.ts";
import { getOpenApi } from "./handlers/openapi.ts";
import { operationHandlers } from "./handlers/operations.ts";
import { putResult } from "./handlers/put-result.ts";
import { rerunOperation } from "./handlers/rerun.ts";
import { getResult } from "./handlers/results.ts";
import { tenantHandlers } from "./handlers/tenants.ts";
import { createTicket } from "./handlers/tickets.ts";
import { webhookSecretHandlers } from "./handlers/webhook-secrets.ts";
import { workHandlers } from "./handlers/work.ts";
import { streamHandlers } from "./watching/events.ts";
import { getOutput } from "./watching/output.ts";
import { socketHandlers } from "./watching/watch.ts";

/** handlers are the functions of the actions. */
const handlers: Readonly<Record<ActionId, Handler>> = {
  ...operationHandlers,
  ...bulkHandlers,
  ...inputHandlers,
  rerunOperation,
  ...streamHandlers,
  ...socketHandlers,
  ...attemptHandlers,
  ...workHandlers,
  ...deliveryHandlers,
  ...discoveryHandlers,
  ...movingHandlers,
  ...tenantHandlers,
  ...webhookSecretHandlers,
  batchCreateOperations,
  createTicket,
  getOpenApi,
  getOutput,
  getResult,
  putResult,
};

/** routes are the paths of the native API. */
export const routes = routesOf(actions, handlers);

/** native is the wire of this service itself. */
export const native: Dialect = { name: "native", place: "/api/v1", routes };
