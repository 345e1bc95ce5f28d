import { againActions } from "./actions/again-actions.ts";
import { movingActions } from "./actions/moving-actions.ts";
import { oneOperationActions } from "./actions/one-operation-actions.ts";
import { operationActions } from "./actions/operation-actions.ts";
import { serviceActions } from "./actions/service-actions.ts";
import { watchActions } from "./actions/watch-actions.ts";
import { workActions } from "./actions/work-actions.ts";

/**
 * actions are everything that the native API can do, by ID: the router, the scopes, the limits of tickets, the OpenAPI
 * document and the tests read them here. The documentation of each is beside it, in functions that the Worker does not
 * call and its bundle does not contain.
 */
export const actions = {
  ...operationActions,
  ...oneOperationActions,
  ...againActions,
  ...watchActions,
  ...workActions,
  ...serviceActions,
  ...movingActions,
};

/** ActionId is the id of an action, and the `operationId` of the OpenAPI document. */
export type ActionId = keyof typeof actions;
