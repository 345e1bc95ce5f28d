import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import type { FieldError } from "../errors.ts";
import { leastInterval, once, type RetryPolicy, unlimited } from "../retry.ts";
import { int, number, object, optional, or, type TypeOf } from "./shape.ts";
import { durationText } from "./texts.ts";

/** retryRequest is the shape of `retry` in a create, and in an external kind. */
export const retryRequest = object({
  maxAttempts: or(int({ min: 0, max: 100 }), 3),
  initialInterval: optional(durationText),
  backoffCoefficient: or(number({ min: 1, max: 100 }), once.backoffCoefficient),
  maximumInterval: optional(durationText),
});

const wantInterval = `must be at least ${formatDuration(leastInterval)} where maxAttempts is 0`;

/** retryOf returns the policy for a retryRequest, or what is wrong with it. */
export function retryOf(
  request: TypeOf<typeof retryRequest>,
): Result<RetryPolicy, readonly FieldError[]> {
  const { maxAttempts, backoffCoefficient } = request;
  const initialInterval = parseDuration(request.initialInterval ?? "") ?? once.initialInterval;
  const maximumInterval = parseDuration(request.maximumInterval ?? "") ?? once.maximumInterval;
  if (maxAttempts > 0) {
    return ok({ maxAttempts, initialInterval, backoffCoefficient, maximumInterval });
  }
  // Work that fails at once would be retried in a tight loop.
  const errors = Object.entries({ initialInterval, maximumInterval })
    .filter(([, interval]) => interval < leastInterval)
    .map(([name]) => ({ path: `retry.${name}`, message: wantInterval }));
  if (errors.length > 0) return failed(errors);
  return ok({ maxAttempts: unlimited, initialInterval, backoffCoefficient, maximumInterval });
}
