import type { LogLine } from "../log-line.ts";
import { type Ending, keptAttempts, type PastAttempt, type ProgressReport } from "./history.ts";
import { isTerminal, type Operation, type OperationError } from "./operation.ts";
import { isUnderWay, presentOf } from "./remember.ts";
import type { StepRecord } from "./step.ts";

/** AttemptRow is what is stored for one attempt beside its operation. */
export interface AttemptRow {
  readonly log?: readonly LogLine[];
  /** Its progress reports, once it has ended and another may follow. */
  readonly reports?: readonly ProgressReport[];
  /** The message of an unexpected exception, with its stack: only for those who run the service. */
  readonly stack?: string;
}

/** AttemptStep is a step that an attempt stored, without its value. */
export type AttemptStep = Omit<StepRecord, "value" | "attempt">;

/** AttemptRecord is everything known of one attempt. Times are milliseconds. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: Ending;
  readonly error?: OperationError;
  readonly worker?: string;
  /** Whether it only undid steps. */
  readonly isUndoing?: true;
  readonly stack?: string;
  readonly steps: readonly AttemptStep[];
  readonly progress: readonly ProgressReport[];
  readonly log: readonly LogLine[];
}

/** Beside is what is stored for an operation's attempts beside it. */
export interface Beside {
  /** By attempt number. */
  readonly rows: ReadonlyMap<number, AttemptRow>;
  /** In the order in which they were stored. */
  readonly steps: readonly StepRecord[];
}

/** nothingBeside is the value for attempts without rows. */
export const nothingBeside: Beside = { rows: new Map(), steps: [] };

/** attemptsOf returns the last `keptAttempts` attempts of an operation, oldest first. */
export function attemptsOf(op: Operation, { rows, steps }: Beside): readonly AttemptRecord[] {
  const past = op.history?.past ?? [];
  const known: (PastAttempt | ReturnType<typeof latestOf>)[] = [...past];
  const isTold = (past.at(-1)?.attempt ?? 0) >= op.attempt;
  if (!isTold) known.push(latestOf(op));
  const stored = Map.groupBy(steps, ({ attempt }) => attempt);
  return known.slice(-keptAttempts).map((one) => {
    const { log = [], reports = [], stack } = rows.get(one.attempt) ?? {};
    const { reports: own, ...told } = { reports, ...one };
    return {
      ...told,
      ...(stack !== undefined && { stack }),
      steps: (stored.get(one.attempt) ?? []).map((step) => toldStep(op, step)),
      progress: own,
      log,
    };
  });
}

function toldStep(op: Operation, { value, attempt, ...step }: StepRecord): AttemptStep {
  // Either older code, which cannot undo steps, ended the operation, or it succeeded and has nothing to undo.
  if (step.undo?.state !== "due" || !isTerminal(op)) return step;
  const { undo, ...done } = step;
  if (op.status === "succeeded") return done;
  return { ...done, undo: { state: "not_undone", error: unknownEnd } };
}

const unknownEnd = {
  code: "interrupted",
  message: "An older version of the service ended the operation",
  retryable: false,
};

/** The current attempt, or the one that ended the operation. */
function latestOf(op: Operation) {
  const present = presentOf(op);
  if (isTerminal(op)) {
    const { status, finishedAt: endedAt, error } = op;
    const outcome: Ending = error?.code === "interrupted" ? "interrupted" : status;
    return { ...present, endedAt, outcome, ...(error && { error }) };
  }
  // Older code, which keeps no history, has ended the attempt.
  return isUnderWay(op)
    ? present
    : { ...present, endedAt: op.updatedAt, outcome: "failed" as const };
}
