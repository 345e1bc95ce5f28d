import type { LogLine } from "../log-line.ts";
import { type Ending, keptAttempts, type PastAttempt, type ProgressReport } from "./history.ts";
import { isTerminal, type Operation, type OperationError } from "./operation.ts";
import { isUnderWay, presentOf } from "./remember.ts";
import type { StepRecord } from "./step.ts";

/** AttemptRow is what is kept beside an operation of one of its attempts. */
export interface AttemptRow {
  readonly log?: readonly LogLine[];
  /** What it reported, once it has ended and another may follow. */
  readonly reports?: readonly ProgressReport[];
  /** What an unexpected throw said, with its stack: for who runs the service alone. */
  readonly stack?: string;
}

/** AttemptStep is a step that an attempt stored, without its value. */
export type AttemptStep = Omit<StepRecord, "value" | "attempt">;

/** AttemptRecord is what is told of one attempt. Times are milliseconds. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly outcome?: Ending;
  readonly error?: OperationError;
  readonly worker?: string;
  /** Whether it undid steps, and nothing else. */
  readonly isUndoing?: true;
  readonly stack?: string;
  readonly steps: readonly AttemptStep[];
  readonly progress: readonly ProgressReport[];
  readonly log: readonly LogLine[];
}

/** Beside is what is kept of an operation's attempts beside it. */
export interface Beside {
  /** By the numbers of the attempts. */
  readonly rows: ReadonlyMap<number, AttemptRow>;
  /** In the order in which they were stored. */
  readonly steps: readonly StepRecord[];
}

/** nothingBeside is what an operation has whose attempts left nothing. */
export const nothingBeside: Beside = { rows: new Map(), steps: [] };

/** attemptsOf returns what is known of an operation's attempts, oldest first: the last `keptAttempts`. */
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
  // Code that knows of no undoing has ended it, or it has succeeded and has nothing to undo.
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

/** The attempt that is under way, or that ended the operation. */
function latestOf(op: Operation) {
  const present = presentOf(op);
  if (isTerminal(op)) {
    const { status, finishedAt: endedAt, error } = op;
    const outcome: Ending = error?.code === "interrupted" ? "interrupted" : status;
    return { ...present, endedAt, outcome, ...(error && { error }) };
  }
  // Code that keeps no history has ended it.
  return isUnderWay(op)
    ? present
    : { ...present, endedAt: op.updatedAt, outcome: "failed" as const };
}
