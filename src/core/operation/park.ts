import { resume } from "./attempts.ts";
import { canceled, entered, finish, moment } from "./change.ts";
import type { Event } from "./event.ts";
import type { Operation, Unfinished, Wait } from "./operation.ts";
import { unparked, waitedTooLong, waitLimit } from "./wait.ts";

/** shortWait is the longest wait during which an attempt stays alive, in milliseconds; for longer ones it parks. */
export const shortWait = 5_000;

/** park ends an attempt that can only wait; time, or an answer, starts the next one. */
export function park(op: Unfinished, event: Event & { type: "park" }, now: number): Operation {
  if (op.cancelRequestedAt !== undefined) return finish(op, now, canceled());
  const { error } = event;
  const isAsking = op.status === "input_required";
  // It was answered while the attempt was parking, or the wait is over already.
  if (!isAsking && (event.isAsking || event.until === undefined)) return resume(op, now);
  const at = moment(op, now);
  // By the attempt's clock it is more than `shortWait` away, so that clock is behind.
  const until = event.until !== undefined && event.until <= at ? at + shortWait : event.until;
  // Waiting to retry a step counts as work: it does not suspend the deadline.
  if (error !== undefined) {
    if (!isAsking && until !== undefined && until >= op.deadlineAt) {
      return finish(op, now, { status: "failed", error });
    }
    return parked(op, now, isAsking, until, {});
  }
  const wait: Wait = { attempt: op.attempt, at, left: Math.max(0, op.deadlineAt - at) };
  const waitEnd = at + Math.max(0, waitLimit(op) - (op.waited ?? 0));
  const isTooLong = until === undefined || until > waitEnd;
  if (isTooLong && !isAsking)
    return finish(op, now, { status: "failed", error: waitedTooLong(op) });
  // With this deadline, older code starts the next attempt in time, and does not end the operation earlier.
  return isTooLong
    ? parked(op, now, isAsking, undefined, { wait, deadlineAt: waitEnd })
    : parked(op, now, isAsking, until, { wait, deadlineAt: Math.max(until, at) + wait.left });
}

function parked(
  op: Unfinished,
  now: number,
  isAsking: boolean,
  until: number | undefined,
  { wait, deadlineAt = op.deadlineAt }: { readonly wait?: Wait; readonly deadlineAt?: number },
): Operation {
  const { interruptedInRow, ...rest } = op;
  const stage = { ...(until !== undefined && { startAt: until }), ...(wait && { wait }) };
  if (isAsking && op.inputRequest) {
    const { inputRequest } = op;
    const asking = { status: "input_required", inputRequest, isParked: true, ...stage } as const;
    return entered(rest, now, asking, { deadlineAt });
  }
  const resumed = (op.resumed ?? 0) + 1;
  return entered(rest, now, { status: "pending", ...stage }, { resumed, deadlineAt });
}

/** wake starts the next attempt of an operation that is parked with an open question, when its start time has come. */
export function wake(op: Unfinished, now: number): Operation {
  const isDue = op.isParked && op.startAt !== undefined && now >= op.startAt;
  return isDue ? resume(unparked(op, now), now) : op;
}
