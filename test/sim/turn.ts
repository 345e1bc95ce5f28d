import type { Plan } from "./plan.ts";
import { type Result, simulate } from "./simulation.ts";

/** turn runs something from the event loop itself, where a run must be made, and lets the machine tidy up before it. */
export function turn<T>(code: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(code());
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

/** run runs a plan in a turn of its own. */
export function run(plan: Plan): Promise<Result> {
  return turn(() => simulate(plan));
}
