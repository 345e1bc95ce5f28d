import type { AttemptRecord, AttemptStep } from "../../core/attempt-record.ts";
import { toldLine } from "../../core/log-line.ts";
import type { ProgressReport } from "../../core/operation/history.ts";
import type { OperationError } from "../../core/operation/operation.ts";
import { encodeError, encodeTime, withMembers } from "./monitor.ts";

/**
 * encodeAttempts writes attempts as the native API shows them, as JSON text.
 *
 * @param isAdmin whether what an unexpected throw said is told, with its stack
 */
export function encodeAttempts(attempts: readonly AttemptRecord[], isAdmin: boolean): string {
  return `{"attempts":[${attempts.map((one) => encodeAttempt(one, isAdmin)).join(",")}]}`;
}

function encodeAttempt(record: AttemptRecord, isAdmin: boolean): string {
  const { attempt, startedAt, endedAt, outcome, error, stack, worker } = record;
  const head = JSON.stringify({
    attempt,
    startedAt: encodeTime(startedAt),
    endedAt: encodeTime(endedAt),
    outcome,
    worker,
  });
  return withMembers(head, {
    error: error && encodeThrown(error, isAdmin ? stack : undefined),
    steps: `[${record.steps.map((step) => encodeStep(step, isAdmin)).join(",")}]`,
    progress: JSON.stringify(record.progress.map(encodeReport)),
    log: JSON.stringify(record.log.map(toldLine)),
  });
}

function encodeStep(step: AttemptStep, isAdmin: boolean): string {
  const { name, type, startedAt, endedAt, until, tries, error } = step;
  const head = JSON.stringify({
    name,
    type,
    startedAt: encodeTime(startedAt),
    endedAt: encodeTime(endedAt),
    until: encodeTime(until),
    tries,
  });
  if (error?.thrown === undefined) return withMembers(head, { error: error && encodeError(error) });
  // What nobody expected is not for clients, as it is of the work.
  const internal = { code: "internal", message: "The step broke in an unexpected way" };
  const stack = isAdmin ? `${error.thrown}: ${error.message}` : undefined;
  return withMembers(head, { error: encodeThrown(internal, stack) });
}

function encodeReport({ at, percent, message }: ProgressReport) {
  return { time: encodeTime(at), percentComplete: percent, statusMessage: message };
}

function encodeThrown(error: OperationError, stack: string | undefined): string {
  return withMembers(encodeError(error), { stack: stack && JSON.stringify(stack) });
}
