import { type Failure, failure } from "../errors.ts";
import { backoff } from "../retry.ts";
import { canceled, changed, entered, finish, moment } from "./change.ts";
import type { Event, Outcome } from "./event.ts";
import {
  defaultInterruptions,
  type Interruptions,
  longestPause,
  shortestPause,
} from "./interruptions.ts";
import {
  isTerminal,
  isToUndo,
  type Operation,
  type OperationError,
  type Unfinished,
} from "./operation.ts";
import { unparked } from "./wait.ts";

/** isReporting says whether reports of an attempt are accepted. */
export function isReporting(op: Operation, attempt: number): boolean {
  const started = op.status === "running" || op.status === "input_required";
  return started && attempt === op.attempt && !op.isParked && !isToUndo(op);
}

/**
 * refusal returns why a worker's report about an attempt is refused, or undefined if it is accepted: the operation has
 * ended, or a worker does not hold the attempt.
 */
export function refusal(
  op: Operation,
  attempt: number,
): "already-terminal" | "stale-attempt" | undefined {
  if (op.external && isTerminal(op) && attempt === op.attempt) return "already-terminal";
  return op.external && isReporting(op, attempt) ? undefined : "stale-attempt";
}

/** notHeld returns the reply to a refused report. */
export function notHeld(op: Operation, attempt: number): { readonly error: Failure } {
  const stands = `it is ${op.status} at attempt ${op.attempt}`;
  const message = `Attempt ${attempt} of operation ${op.id} is not held by a worker: ${stands}`;
  return { error: failure(refusal(op, attempt) ?? "stale-attempt", message) };
}

/** start starts the next attempt if its time has come; a worker holds an external one until its lease ends. */
export function start(op: Unfinished, now: number, lease?: number): Operation {
  if (op.status !== "pending" || now < (op.startAt ?? now)) return op;
  const { percentComplete, statusMessage, ...rest } = unparked(op, now);
  const held = lease !== undefined && { leaseExpiresAt: leaseEnd(op, lease, now) };
  return entered(
    rest,
    now,
    { status: "running", ...held },
    { attempt: op.attempt + 1, startedAt: op.startedAt ?? moment(op, now) },
  );
}

/** progress applies a progress report; a worker also extends its lease with it. */
export function progress(
  op: Unfinished,
  event: Event & { type: "progress" },
  now: number,
): Operation {
  if (!isReporting(op, event.attempt)) return op;
  const percentComplete = event.percentComplete ?? op.percentComplete;
  const statusMessage = event.statusMessage ?? op.statusMessage;
  const metadata = event.metadata ?? op.metadata;
  const hasOutput = event.hasOutput ?? op.hasOutput;
  const isExtended = op.external && event.lease !== undefined;
  const leaseExpiresAt = isExtended ? leaseEnd(op, event.lease, now) : op.leaseExpiresAt;
  const told = { percentComplete, statusMessage, metadata, leaseExpiresAt, hasOutput };
  const news = Object.entries(told).filter(
    ([name, value]) => value !== op[name as keyof typeof told],
  );
  // Rows that the attempt leaves beside the operation are removed with it, so the operation must record that they
  // exist.
  const isMarked = event.leaves === true && !op.history?.rows;
  return news.length > 0 || isMarked ? changed(op, now, Object.fromEntries(news)) : op;
}

/** settle applies the outcome of the current attempt. */
export function settle(op: Unfinished, outcome: Outcome, jitter: number, now: number): Operation {
  switch (outcome.type) {
    case "succeeded":
      return finish(op, now, { status: "succeeded", result: outcome.result });
    case "canceled":
      return finish(op, now, canceled(outcome.message));
    case "failed":
      return outcome.retryable
        ? failOrRetry(op, outcome.error, jitter, now)
        : finish(op, now, { status: "failed", error: outcome.error });
  }
}

/** lose applies the loss of the current attempt. */
export function lose(op: Unfinished, event: Event & { type: "lost" }, now: number): Operation {
  if (op.cancelRequestedAt !== undefined) return finish(op, now, canceled());
  const { jitter, message = lostWithObject(op.attempt) } = event;
  const error = { code: "interrupted", message };
  const isOnce = op.interruptions?.limit === 0;
  const lostAttempt = op.attempt;
  if (op.status === "input_required" && !isOnce) {
    // With steps to continue from, its code may have continued while the question was open.
    const goesOn = op.inputRequest?.name !== undefined || event.hasAdvanced === true;
    const startAt = op.interruptions && goesOn && now + pauseOf(op.interruptions);
    return changed(op, now, { isParked: true, lostAttempt, ...(startAt && { startAt }) });
  }
  if (!op.interruptions) {
    const isAnswered = (op.answers?.length ?? 0) > (op.resumed ?? 0);
    const lost = { ...op, lostAttempt };
    return isAnswered ? resume(lost, now) : failOrRetry(lost, error, jitter, now);
  }
  const { inRow, wait, isUsedUp } = againAfter(op, op.interruptions, event);
  if (isUsedUp || now + wait >= op.deadlineAt) return finish(op, now, { status: "failed", error });
  const stage = { status: "pending", ...(wait > 0 && { startAt: now + wait }) } as const;
  const resumed = uncounted(op) + 1;
  const news = { statusMessage: message, interruptedInRow: inRow, resumed, lostAttempt };
  return entered(op, now, stage, news);
}

/** againAfter returns when a lost attempt is retried, and whether the limit of losses is reached. */
export function againAfter(
  { interruptedInRow = 0 }: Pick<Operation, "interruptedInRow">,
  interruptions: Partial<Interruptions>,
  { hasAdvanced, jitter }: Event & { type: "lost" },
): { readonly inRow: number; readonly wait: number; readonly isUsedUp: boolean } {
  const { limit, delay, backoffCoefficient } = { ...defaultInterruptions, ...interruptions };
  const inRow = (hasAdvanced ? 0 : interruptedInRow) + 1;
  const maximumInterval = Math.max(delay, longestPause);
  const wait = backoff(
    { initialInterval: delay, backoffCoefficient, maximumInterval },
    inRow,
    jitter,
  );
  return { inRow, wait, isUsedUp: inRow > limit };
}

/** postpone delays the next attempt after one that did nothing and does not count. */
export function postpone(
  op: Unfinished,
  event: Event & { type: "postpone" },
  now: number,
): Operation {
  if (op.cancelRequestedAt !== undefined) return finish(op, now, canceled());
  const news = { statusMessage: event.message, resumed: uncounted(op) + 1 };
  const idle = isFirstToBegin(op) && { postponed: op.attempt };
  const stage = { status: "pending", startAt: Math.max(event.until, now) } as const;
  return entered(op, now, stage, { ...news, ...idle });
}

/** isFirstToBegin says whether no earlier attempt is known to have begun the work. */
export function isFirstToBegin({ attempt, postponed = 0 }: Operation): boolean {
  return postponed === attempt - 1;
}

/** release makes the work of a released attempt claimable again at once, as if it had not been claimed. */
export function release(op: Unfinished, now: number): Operation {
  return op.cancelRequestedAt === undefined ? resume(op, now) : finish(op, now, canceled());
}

/** loseLease makes work claimable again at once: the lease itself was the delay. */
export function loseLease(op: Unfinished, event: Event, now: number): Operation {
  const isUnwanted = op.cancelRequestedAt !== undefined || event.type === "cancel";
  if (isUnwanted) return finish(op, now, canceled());
  const message = `Attempt ${op.attempt} was lost: its worker's lease expired`;
  if (counted(op) >= op.retry.maxAttempts) {
    return finish(op, now, { status: "failed", error: { code: "interrupted", message } });
  }
  return entered(op, now, { status: "pending" }, { statusMessage: message });
}

/** resume lets the next attempt start as soon as possible; the current one does not count. */
export function resume(op: Unfinished, now: number): Operation {
  const { interruptedInRow, ...rest } = op;
  return entered(rest, now, { status: "pending" }, { resumed: uncounted(op) + 1 });
}

/** lostWithObject is the message for an attempt that was lost with its object. */
export function lostWithObject(attempt: number): string {
  return `Attempt ${attempt} was lost when its object restarted`;
}

/**
 * How long an attempt that was lost while it asked waits for the answer before the next one starts, in milliseconds.
 */
function pauseOf({ delay = 0 }: Partial<Interruptions>): number {
  return Math.max(shortestPause, delay);
}

function failOrRetry(
  op: Unfinished,
  error: OperationError,
  jitter: number,
  now: number,
): Operation {
  const startAt = now + backoff(op.retry, counted(op), jitter);
  const another = counted(op) < op.retry.maxAttempts && op.cancelRequestedAt === undefined;
  // A retry that could not start before the deadline would hide why the work failed.
  if (!another || startAt >= op.deadlineAt) return finish(op, now, { status: "failed", error });
  const statusMessage = `Attempt ${op.attempt} failed: ${error.message}`;
  const { interruptedInRow, ...rest } = op;
  return entered(rest, now, { status: "pending", startAt }, { statusMessage });
}

/** How many of its attempts count against `retry`. */
function counted(op: Unfinished): number {
  return op.attempt - uncounted(op);
}

function uncounted(op: Unfinished): number {
  return op.resumed ?? 0;
}

function leaseEnd(op: Unfinished, lease: number, now: number): number {
  return Math.min(moment(op, now) + lease, op.deadlineAt);
}
