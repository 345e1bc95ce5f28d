import { againAfter, isReporting, progress } from "./attempts.ts";
import { canceled, entered, finish, moment } from "./change.ts";
import type { Event } from "./event.ts";
import {
  type Compensation,
  isTerminal,
  isToUndo,
  type Operation,
  type Unfinished,
} from "./operation.ts";

/** defaultCompensateWithin is how long undoing the steps of an operation may take, in milliseconds. */
export const defaultCompensateWithin = 5 * 60_000;

/** longestQueue is how long an operation may wait for a slot to undo its steps, in milliseconds. */
const longestQueue = 7 * 24 * 3_600_000;

/** compensationTimeout is the error of steps that were not undone in time. */
export const compensationTimeout = {
  code: "compensation_timeout",
  message:
    "There was no time left: the steps of an operation are undone within its kind's `compensateWithin`",
};

/** Owed is what an operation has to undo. */
export interface Owed {
  /** How many steps. */
  readonly steps: number;
  /** How long undoing may take, in milliseconds. */
  readonly within: number;
  /** Whether undoing waits for other attempts to end first. */
  readonly isQueued: boolean;
  /** Whether undoing may never start, so that its time runs already. */
  readonly isWithheld?: boolean;
}

/** Undoing is an operation whose steps are being undone. */
type Undoing = Unfinished & { readonly compensation: Compensation };

/** isUndoing says whether the steps of an operation are being undone. */
export function isUndoing(op: Unfinished): op is Undoing {
  return op.compensation !== undefined;
}

/** compensate makes an operation that would end without success undo its steps first. */
export function compensate(op: Unfinished, end: Operation, owed: Owed, now: number): Operation {
  if (!isTerminal(end) || end.status === "succeeded") return end;
  const { status, error } = end;
  const { statusMessage, interruptions, interruptedInRow, ...rest } = op;
  const at = moment(op, now);
  const requested = op.cancelRequestedAt ?? (status === "canceled" ? at : undefined);
  const compensation: Compensation = {
    status,
    error,
    ...(interruptions && { interruptions }),
    ...(statusMessage !== undefined && { statusMessage }),
    ...(owed.isQueued && { within: owed.within }),
  };
  const isWaiting = owed.isQueued && !owed.isWithheld;
  const waiting = entered(
    rest,
    now,
    { status: "running", startAt: at },
    {
      compensation,
      // Older code takes the attempt for one of the work, and must not start another.
      interruptions: { limit: 0 },
      statusMessage: `Undoing its steps: ${error.message}`,
      deadlineAt: at + (isWaiting ? Math.max(longestQueue, owed.within) : owed.within),
      ...(requested !== undefined && { cancelRequestedAt: requested }),
    },
  );
  if (owed.isQueued) return waiting;
  const { startAt, ...begun } = { ...waiting, ...nextAttempt(op) };
  return begun as Operation;
}

/** undoing applies an event to an operation whose steps are being undone. */
export function undoing(op: Undoing, event: Event, now: number): Operation {
  if (now >= op.deadlineAt) return ended(op, now);
  const isHeard = "attempt" in event && isReporting(op, event.attempt);
  switch (event.type) {
    case "start":
      return isToUndo(op) && now >= (op.startAt ?? now) ? begin(op, now) : op;
    case "cancel":
      return event.force ? finish(restored(op), now, canceled(cutOff)) : op;
    case "progress":
      return progress(op, event, now);
    case "finish":
      return isHeard ? ended(op, now) : op;
    case "lost":
      return isHeard ? lose(op, event, now) : op;
    case "postpone":
      return isHeard ? again(op, now, Math.max(event.until, now)) : op;
    default:
      return op;
  }
}

/** leftUndone adds to the error of an operation that steps are not undone. */
export function leftUndone(end: Operation, { steps }: Owed): Operation {
  if (!end.error) return end;
  const which = steps === 1 ? "1 step that was done is" : `${steps} steps that were done are`;
  return {
    ...end,
    error: { ...end.error, message: `${end.error.message}, and ${which} not undone` },
  };
}

const cutOff =
  "Canceled by force while its steps were being undone; the remaining steps are not undone";

function ended(op: Undoing, now: number): Operation {
  const { status, error } = op.compensation;
  return finish(restored(op), now, { status, error });
}

/** Restores what was set aside. */
function restored(op: Undoing): Unfinished {
  const { compensation, statusMessage, interruptions, ...rest } = op;
  const { interruptions: own, statusMessage: said } = compensation;
  return {
    ...rest,
    ...(own && { interruptions: own }),
    ...(said !== undefined && { statusMessage: said }),
  };
}

/** The time for undoing starts with the first attempt. */
function begin(op: Undoing, now: number): Operation {
  const { within, ...compensation } = op.compensation;
  const first = within !== undefined && { compensation, deadlineAt: moment(op, now) + within };
  return entered(op, now, { status: "running" }, { ...nextAttempt(op), ...first });
}

function lose(op: Undoing, event: Event & { type: "lost" }, now: number): Operation {
  const { interruptions = {} } = op.compensation;
  const { inRow, wait, isUsedUp } = againAfter(op, interruptions, event);
  if (isUsedUp || now + wait >= op.deadlineAt) return ended(op, now);
  return again({ ...op, interruptedInRow: inRow }, now, now + wait);
}

function again(op: Undoing, now: number, startAt: number): Operation {
  return entered(op, now, { status: "running", startAt });
}

/** An attempt that undoes steps does not count. */
function nextAttempt({ attempt, resumed = 0 }: Unfinished) {
  return { attempt: attempt + 1, resumed: resumed + 1 };
}
