import { apply } from "../operation/apply.ts";
import { isReporting } from "../operation/attempts.ts";
import { finish } from "../operation/change.ts";
import { isTerminal, type Operation } from "../operation/operation.ts";

/**
 * arrived returns an operation as it continues where it was moved to. A finished operation is unchanged. An unfinished
 * one may still have an attempt at work where it comes from: it ends as `interrupted` or, if it is to start here, its
 * attempt counts as lost.
 *
 * @param hasAdvanced whether its attempt had stored a step
 */
export function arrived(
  op: Operation,
  now: number,
  starts: boolean,
  hasAdvanced: boolean,
): Operation {
  if (isTerminal(op)) return op;
  if (!starts) {
    const { status, error } = op.compensation ?? notStarted;
    const { compensation: _, ...rest } = op;
    return finish(rest as typeof op, now, { status, error });
  }
  const { attempt } = op;
  if (!isReporting(op, attempt)) return op;
  // As if its worker's lease had expired.
  if (op.external) return apply({ ...op, leaseExpiresAt: now } as Operation, { type: "tick" }, now);
  const message = `Attempt ${attempt} was running where the operation was moved from`;
  const advanced = hasAdvanced && ({ hasAdvanced } as const);
  return apply(op, { type: "lost", attempt, jitter: 0, message, ...advanced }, now);
}

const notStarted = {
  status: "failed",
  error: {
    code: "interrupted",
    message: "The operation was moved before it finished, and was not started here",
  },
} as const;
