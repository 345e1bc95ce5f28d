import type { Operation, OperationError, Unfinished, Wait } from "./operation.ts";

/** defaultWaitDeadline is how long the waits of an operation may take in total, in milliseconds. */
export const defaultWaitDeadline = 7 * 24 * 3_600_000;

/** waitOf returns the wait of a parked operation, unless older code has started another attempt. */
export function waitOf(
  op: Pick<Operation, "wait"> & { readonly attempt?: number },
): Wait | undefined {
  return op.wait?.attempt === op.attempt ? op.wait : undefined;
}

/** unparked returns an operation after its wait: its deadline runs again, with the time that was left. */
export function unparked(op: Unfinished, now: number): Unfinished {
  const wait = waitOf(op);
  if (!wait) return op;
  const end = Math.max(wait.at, Math.min(now, op.startAt ?? now));
  const waited = (op.waited ?? 0) + end - wait.at;
  return { ...op, waited, deadlineAt: end + wait.left };
}

/**
 * waitEndOf returns when the wait of a parked operation ends at the latest; undefined if its deadline is not suspended.
 */
export function waitEndOf(op: Operation): number | undefined {
  return waitOf(op) && (op.startAt ?? op.deadlineAt);
}

/** waitedTooLong returns the error of an operation whose waits take too long in total. */
export function waitedTooLong(op: Operation): OperationError {
  const message = `Its waits took longer than its waitDeadline, ${waitLimit(op) / 1_000} s`;
  return { code: "deadline_exceeded", message };
}

/** waitLimit returns how long the waits of an operation may take in total, in milliseconds. */
export function waitLimit(op: Operation): number {
  return op.waitDeadline ?? defaultWaitDeadline;
}
