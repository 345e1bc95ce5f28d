import { failure } from "../../../core/errors.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";

/** What the Worker's `moving` does. */
function moved(name: "exportOperations" | "importOperations"): Handler {
  return async (exchange, params) => {
    const { moving } = exchange.deployment;
    if (moving) return moving.handlers[name](exchange as never, params as never);
    const message = "This Worker cannot move operations: createOperations was not given `moving`";
    return problem(exchange, failure("not-found", message));
  };
}

/** movingHandlers move operations from one deployment to another. */
export const movingHandlers = {
  exportOperations: moved("exportOperations"),
  importOperations: moved("importOperations"),
};
