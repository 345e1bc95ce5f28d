import { toldLine } from "../../core/log-line.ts";
import type { AttemptRecord, AttemptStep } from "../../core/operation/attempt-record.ts";
import type { ProgressReport } from "../../core/operation/history.ts";
import type { OperationError } from "../../core/operation/operation.ts";
import type { StepFailure, Undo } from "../../core/operation/step.ts";
import { encodeError, encodeTime, withMembers } from "./monitor.ts";

/**
 * encodeAttempts writes attempts as the native API shows them, as JSON text.
 *
 * @param isAdmin whether to include the message and the stack of an unexpected error
 */
export function encodeAttempts(attempts: readonly AttemptRecord[], isAdmin: boolean): string {
  return `{"attempts":[${attempts.map((one) => encodeAttempt(one, isAdmin)).join(",")}]}`;
}

function encodeAttempt(record: AttemptRecord, isAdmin: boolean): string {
  const { attempt, startedAt, endedAt, outcome, error, stack, worker, isUndoing } = record;
  const head = JSON.stringify({
    attempt,
    startedAt: encodeTime(startedAt),
    endedAt: encodeTime(endedAt),
    outcome,
    worker,
    undoing: isUndoing,
  });
  return withMembers(head, {
    error: error && encodeThrown(error, isAdmin ? stack : undefined),
    steps: `[${record.steps.map((step) => encodeStep(step, isAdmin)).join(",")}]`,
    progress: JSON.stringify(record.progress.map(encodeReport)),
    log: JSON.stringify(record.log.map(toldLine)),
  });
}

function encodeStep(step: AttemptStep, isAdmin: boolean): string {
  const { name, type, startedAt, endedAt, until, tries, error, undo } = step;
  const head = JSON.stringify({
    name,
    type,
    startedAt: encodeTime(startedAt),
    endedAt: encodeTime(endedAt),
    until: encodeTime(until),
    tries,
  });
  return withMembers(head, {
    error: error && encodeFailure(error, isAdmin),
    undo: undo && encodeUndo(undo, isAdmin),
  });
}

function encodeUndo({ state, at, attempt, error }: Undo, isAdmin: boolean): string {
  const head = JSON.stringify({ state, endedAt: encodeTime(at), attempt });
  return withMembers(head, { error: error && encodeFailure(error, isAdmin) });
}

function encodeFailure(error: StepFailure, isAdmin: boolean): string {
  if (error.thrown === undefined) return encodeError(error);
  // Unexpected errors are not shown to clients, as in the operation itself.
  const internal = { code: "internal", message: "The step threw an unexpected exception" };
  return encodeThrown(internal, isAdmin ? `${error.thrown}: ${error.message}` : undefined);
}

function encodeReport({ at, percent, message }: ProgressReport) {
  return { time: encodeTime(at), percentComplete: percent, statusMessage: message };
}

function encodeThrown(error: OperationError, stack: string | undefined): string {
  return withMembers(encodeError(error), { stack: stack && JSON.stringify(stack) });
}
