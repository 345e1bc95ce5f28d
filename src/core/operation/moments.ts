import { compensationTimeout } from "./compensate.ts";
import type { Operation } from "./operation.ts";

/**
 * mayStartAt returns when the first attempt of an operation was allowed to start: at its creation, or at its start
 * time.
 */
export function mayStartAt({
  createdAt,
  deadlineAt,
  deadline,
  wait,
  waited,
}: Pick<Operation, "createdAt" | "deadlineAt" | "deadline" | "wait" | "waited">): number {
  // A wait has moved the deadline since.
  const isMoved = deadline === undefined || wait !== undefined || waited !== undefined;
  return isMoved ? createdAt : Math.max(createdAt, deadlineAt - deadline);
}

/** isLost says whether a change was the loss of an attempt: with its object, or because its lease expired. */
export function isLost(before: Operation, after: Operation): boolean {
  // After undoing steps, the operation ends with its earlier error.
  if (after.error !== undefined && !before.compensation) return after.error.code === "interrupted";
  const last = after.history?.past?.at(-1);
  return (
    last !== before.history?.past?.at(-1) &&
    last?.attempt === before.attempt &&
    last.outcome === "interrupted" &&
    // Running out of time is not a loss.
    last.error?.code !== compensationTimeout.code
  );
}
