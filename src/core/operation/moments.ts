import { compensationTimeout } from "./compensate.ts";
import type { Operation } from "./operation.ts";

/** mayStartAt returns when the first attempt of an operation was free to start: at its creation, or when it was asked to. */
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

/** isLost says whether an attempt was lost in a change: with its object, or because its lease ran out. */
export function isLost(before: Operation, after: Operation): boolean {
  // How one ends that undoes steps is as it was before they were.
  if (after.error !== undefined && !before.compensation) return after.error.code === "interrupted";
  const last = after.history?.past?.at(-1);
  return (
    last !== before.history?.past?.at(-1) &&
    last?.attempt === before.attempt &&
    last.outcome === "interrupted" &&
    // That its time is up is no loss.
    last.error?.code !== compensationTimeout.code
  );
}
