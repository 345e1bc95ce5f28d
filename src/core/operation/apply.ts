import {
  isReporting,
  lose,
  loseLease,
  postpone,
  progress,
  release,
  settle,
  start,
} from "./attempts.ts";
import { canceled, changed, finish, moment } from "./change.ts";
import { compensate, isUndoing, leftUndone, type Owed, undoing } from "./compensate.ts";
import type { Event } from "./event.ts";
import { isTerminal, type Operation, type OperationError, type Unfinished } from "./operation.ts";
import { park, wake } from "./park.ts";
import { answer, ask } from "./questions.ts";
import { remember } from "./remember.ts";
import { waitedTooLong, waitOf } from "./wait.ts";

/**
 * apply is the whole life of an operation after its creation.
 *
 * - I1. Terminal is final: no event changes a finished operation.
 * - I2. Returning `op` itself means that nothing happened; callers write and notify only on change.
 * - I3. Time arrives as `now`; nothing here reads a clock.
 * - I4. Every change raises `version` by one; `updatedAt` never goes back, whatever the clock does, and `startedAt`,
 *   `cancelRequestedAt` and `finishedAt` are the `updatedAt` of their change.
 * - I5. Only the current attempt reports: a late `progress`, `finish` or `lost` changes nothing.
 * - I6. Unfinished work ends at its deadline, whatever event arrives then.
 * - I7. A finished operation has `finishedAt`, `expiresAt`, and either a result or an error.
 * - I8. `attempt` never exceeds `retry.maxAttempts` plus `resumed`, and rises only by `start` and `claim`.
 * - I9. External work starts only by `claim`, asks no questions, and is never `lost` with an object; other work is
 *   never claimed and has no lease.
 * - I10. An expired lease ends its attempt before any event applies, except for the deadline: the work is pending
 *   again, `interrupted` if that was its last attempt, or canceled if that was requested.
 * - I11. `leaseExpiresAt` is set exactly while external work is running, and is never after `deadlineAt`.
 * - I12. `inputRequest` is set exactly while input is required. A question is asked once, and an answer stays at its
 *   index as long as the work is unfinished.
 * - I13. An attempt that is lost while it waits for an answer, or after an answer for which no attempt has started yet,
 *   does not count. The next one starts with the answer, or after a pause if there are `interruptions` and the question
 *   has a name or the attempt had advanced, because its code may have continued.
 * - I14. An attempt that is released or postponed does not count, nor does one that is lost if there are
 *   `interruptions`. `resumed` is how many attempts do not count.
 * - I15. At most `interruptions.limit` attempts are lost in a row: one more ends the operation as `interrupted`. A
 *   failure, a question, or progress of the attempt resets the count.
 * - I16. A forced cancel ends any unfinished operation at once.
 * - I17. `history` records the latest `keptAttempts` attempts that did not end the operation, and affects nothing else.
 * - I18. Sleeps and questions suspend the deadline while the operation is parked: the time left when the attempt parked
 *   is still left when the wait ends. Together they take no longer than `waitDeadline`.
 * - I19. An attempt that parks does not count. The end of a sleep starts the next one, even if a question is open.
 * - I20. An operation that would end without success and has steps to undo stays `running` until they are undone; its
 *   end is in `compensation`, and its attempts only undo steps. Only a forced cancel changes that end. `deadlineAt` is
 *   the end of the time for undoing, once it does not wait for a slot. A forced cancel undoes nothing, and its error
 *   says so.
 *
 * @param owed returns what there is to undo; it is called if the operation would end without success
 */
export function apply(
  op: Operation,
  event: Event,
  now: number,
  owed: () => Owed | undefined = () => undefined,
): Operation {
  if (isTerminal(op)) return op;
  const next = isUndoing(op) ? undoing(op, event, now) : owing(op, event, now, owed);
  return next === op ? op : remember(op, next, event);
}

function owing(op: Unfinished, event: Event, now: number, owed: () => Owed | undefined): Operation {
  const next = applied(op, event, now);
  if (!isTerminal(next) || next.status === "succeeded") return next;
  const due = owed();
  if (!due) return next;
  const isForced = event.type === "cancel" && event.force === true;
  return isForced ? leftUndone(next, due) : compensate(op, next, due, now);
}

function applied(op: Unfinished, event: Event, now: number): Operation {
  if (now >= op.deadlineAt)
    return finish(op, now, { status: "failed", error: deadlineExceeded(op) });
  if (op.leaseExpiresAt !== undefined && now >= op.leaseExpiresAt) return loseLease(op, event, now);
  switch (event.type) {
    case "start":
      return op.external ? op : start(op, now);
    case "claim":
      return op.external ? start(op, now, event.lease) : op;
    case "progress":
      return progress(op, event, now);
    case "ask":
      return ask(op, event, now);
    case "answer":
      return answer(op, event, now);
    case "cancel":
      return event.force ? finish(op, now, canceled(forced)) : cancel(op, now);
    case "finish":
      return isReporting(op, event.attempt) ? settle(op, event.outcome, event.jitter, now) : op;
    case "lost":
      return isReporting(op, event.attempt) && !op.external ? lose(op, event, now) : op;
    case "postpone":
      return isReporting(op, event.attempt) && !op.external ? postpone(op, event, now) : op;
    case "park":
      return isReporting(op, event.attempt) && !op.external ? park(op, event, now) : op;
    case "release":
      return isReporting(op, event.attempt) && op.external ? release(op, now) : op;
    case "tick":
      return wake(op, now);
  }
}

const forced = "Canceled by force, without waiting for its work";

function cancel(op: Unfinished, now: number): Operation {
  // Without a running attempt there is nobody to ask; it ends here.
  if (op.status === "pending" || op.isParked) return finish(op, now, canceled());
  if (op.cancelRequestedAt !== undefined) return op;
  return changed(op, now, { cancelRequestedAt: moment(op, now) });
}

function deadlineExceeded(op: Unfinished): OperationError {
  if (waitOf(op) && op.startAt === undefined) return waitedTooLong(op);
  const deadline = new Date(op.deadlineAt).toISOString();
  return { code: "deadline_exceeded", message: `Not finished by its deadline, ${deadline}` };
}
