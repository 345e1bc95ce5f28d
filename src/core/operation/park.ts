import { resume } from "./attempts.ts";
import { canceled, entered, finish, moment } from "./change.ts";
import type { Event } from "./event.ts";
import type { Operation, Unfinished, Wait } from "./operation.ts";
import { unparked, waitedTooLong, waitLimit } from "./wait.ts";

/** shortWait is the longest wait for which an attempt stays, in milliseconds: it parks for longer ones. */
export const shortWait = 5_000;

/** park ends an attempt that has nothing to do but wait; time, or an answer, begins the next. */
export function park(op: Unfinished, event: Event & { type: "park" }, now: number): Operation {
  if (op.cancelRequestedAt !== undefined) return finish(op, now, canceled());
  const { error } = event;
  const isAsking = op.status === "input_required";
  // Answered while the attempt was on its way out, or what it waits for has come.
  if (!isAsking && (event.isAsking || event.until === undefined)) return resume(op, now);
  const at = moment(op, now);
  // By the attempt's clock that is more than `shortWait` away, so that clock is behind.
  const until = event.until !== undefined && event.until <= at ? at + shortWait : event.until;
  // What waits for another try of a step is at work: it does not stop the deadline.
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
  // Older code would begin it then, and end it no sooner.
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

/** wake begins the next attempt of a parked operation whose question waits no longer. */
export function wake(op: Unfinished, now: number): Operation {
  const isDue = op.isParked && op.startAt !== undefined && now >= op.startAt;
  return isDue ? resume(unparked(op, now), now) : op;
}
