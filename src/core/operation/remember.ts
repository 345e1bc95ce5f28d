import { lostWithObject } from "./attempts.ts";
import { compensationTimeout } from "./compensate.ts";
import type { Event } from "./event.ts";
import {
  type Ending,
  type History,
  keptAttempts,
  keptReports,
  type PastAttempt,
  type PresentAttempt,
  type ProgressReport,
} from "./history.ts";
import {
  isTerminal,
  isToUndo,
  type Operation,
  type OperationError,
  type Unfinished,
} from "./operation.ts";

/** maxKept limits the texts of a History, in characters: it is in the row that every change writes. */
const maxKept = 256;

/** isUnderWay says whether an attempt of an operation is in progress. */
export function isUnderWay(op: Operation): boolean {
  const isBegun = op.status === "running" || op.status === "input_required";
  return isBegun && !op.isParked && !isToUndo(op);
}

/** presentOf returns the record of the latest attempt of an operation that has started one. */
export function presentOf({ attempt, startedAt, createdAt, history }: Operation): PresentAttempt {
  const { present, past = [] } = history ?? {};
  if (present?.attempt === attempt) return present;
  // Older code, which keeps no history, has started it, after the previous one had ended.
  const before = attempt === 1 ? undefined : past.at(-1)?.endedAt;
  return { attempt, startedAt: before ?? startedAt ?? createdAt };
}

/** remember adds to a change what it records about the operation's attempts. */
export function remember(before: Unfinished, after: Operation, event: Event): Operation {
  const known = before.history;
  let history = known;
  const isOver = isUnderWay(before) && (!isUnderWay(after) || after.attempt > before.attempt);
  // If an attempt of the work ends the operation, the operation itself says how.
  if (isOver && (!isTerminal(after) || before.compensation)) history = ended(before, after, event);
  if (after.attempt > before.attempt) history = begun(history, after, event);
  else if (event.type === "progress") history = reported(before, after);
  if ("leaves" in event && event.leaves && !history?.rows) history = { ...history, rows: true };
  return history === known || history === undefined ? after : { ...after, history };
}

function begun(known: History | undefined, after: Operation, event: Event): History | undefined {
  const worker = event.type === "claim" ? event.worker : undefined;
  // The operation itself says when its first attempt started.
  if (after.attempt === 1 && worker === undefined) return known;
  const { attempt, updatedAt: startedAt } = after;
  return {
    ...known,
    present: {
      attempt,
      startedAt,
      ...(worker !== undefined && { worker }),
      ...(after.compensation && { isUndoing: true as const }),
    },
  };
}

function reported(before: Unfinished, after: Operation): History | undefined {
  const { percentComplete: percent, statusMessage: message } = after;
  if (percent === before.percentComplete && message === before.statusMessage) return before.history;
  const present = presentOf(before);
  const report: ProgressReport = {
    at: after.updatedAt,
    ...(percent !== undefined && { percent }),
    ...(message !== undefined && { message: message.slice(0, maxKept) }),
  };
  const reports = [...(present.reports ?? []), report].slice(-keptReports);
  return { ...before.history, present: { ...present, reports } };
}

/** The progress reports of an attempt that has ended move to a row beside the operation. */
function ended(before: Unfinished, after: Operation, event: Event): History {
  const { present: _, past = [], ...rest } = before.history ?? {};
  const { attempt, startedAt, worker, isUndoing, reports = [] } = presentOf(before);
  const how = endingOf(before, after, event);
  // Attempts that wait for a deployment would displace the earlier record.
  const isAgain = how.outcome === "postponed" && past.at(-1)?.outcome === "postponed";
  const one: PastAttempt = {
    attempt,
    startedAt,
    endedAt: after.updatedAt,
    ...how,
    ...(worker !== undefined && { worker }),
    ...(isUndoing && { isUndoing }),
  };
  return {
    ...rest,
    past: [...past.slice(0, isAgain ? -1 : past.length), one].slice(1 - keptAttempts),
    ...(reports.length > 0 && { rows: true as const }),
  };
}

function endingOf(
  before: Unfinished,
  after: Operation,
  event: Event,
): Pick<PastAttempt, "outcome" | "error"> {
  // An expired lease ends the attempt before any event applies.
  if (after.updatedAt >= (before.leaseExpiresAt ?? Number.POSITIVE_INFINITY)) {
    return interrupted(`Attempt ${before.attempt} was lost: its worker's lease expired`);
  }
  const ending = after.compensation ?? (before.compensation && after);
  if (ending?.error && event.type !== "lost" && event.type !== "postpone") {
    if (!before.compensation) return { outcome: ending.status as Ending, error: cut(ending.error) };
    return undone(before, after, event);
  }
  switch (event.type) {
    case "finish":
      if (event.outcome.type !== "failed") return { outcome: "parked" };
      return { outcome: "failed", error: cut(event.outcome.error) };
    case "lost":
      return interrupted(event.message ?? lostWithObject(before.attempt));
    case "postpone":
      return { outcome: "postponed", error: cut({ code: "unavailable", message: event.message }) };
    case "release":
      return { outcome: "released" };
    default:
      return { outcome: "parked" };
  }
}

/** How the attempt ended that undid steps and then ended the operation. */
function undone(
  before: Unfinished,
  { updatedAt, error }: Operation,
  event: Event,
): Pick<PastAttempt, "outcome" | "error"> {
  if (updatedAt >= before.deadlineAt) {
    return { outcome: "interrupted", error: compensationTimeout };
  }
  if (event.type !== "finish") return { outcome: "canceled", ...(error && { error: cut(error) }) };
  const { outcome } = event;
  return {
    outcome: "compensated",
    ...(outcome.type === "failed" && { error: cut(outcome.error) }),
  };
}

function interrupted(message: string): Pick<PastAttempt, "outcome" | "error"> {
  return { outcome: "interrupted", error: cut({ code: "interrupted", message }) };
}

function cut({ code, message }: OperationError): Pick<OperationError, "code" | "message"> {
  return { code, message: message.length > maxKept ? `${message.slice(0, maxKept)}…` : message };
}
