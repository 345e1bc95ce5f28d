import type { KeyBase, OperationError } from "./operation.ts";

/** maxSteps is how many steps, sleeps and named questions one operation may have. */
export const maxSteps = 1_000;

/** maxStepValue limits the value of one step, in bytes of JSON text. */
export const maxStepValue = 1024 * 1024;

/** maxStepsSize limits the stored size of all steps of an operation, in bytes. */
export const maxStepsSize = 10 * 1024 * 1024;

/** maxStepName limits the name of a step, in characters. */
export const maxStepName = 256;

/** StepType is the type of a named entry: a step, a sleep, or a question. */
export type StepType = "step" | "sleep" | "ask";

/**
 * StepRecord is the stored record of one step of an operation, from which a later attempt continues. A step is stored
 * when it is over, or when it has failed and waits for its next try; a sleep when it begins; a question when it is
 * answered. It is stored as JSON, and unknown members are kept.
 */
export interface StepRecord {
  readonly name: string;
  readonly type: StepType;
  /** The attempt that stored it. */
  readonly attempt: number;
  readonly startedAt: number;
  /** When it was over. A sleep is over at `until`. */
  readonly endedAt?: number;
  /** When a sleep ends, or when a failed step is tried again. */
  readonly until?: number;
  /** How many times it was tried, if more than once. */
  readonly tries?: number;
  /** What it returned, or the answer, as JSON text; absent for undefined. */
  readonly value?: string;
  /** Why it has failed: for good if it has `endedAt`. */
  readonly error?: StepFailure;
  /**
   * Whether the code may skip it: an earlier step had failed, so an attempt by the operation's `retry` may take another
   * path.
   */
  readonly isOptional?: true;
  /** The size of the operation's output at that time, in bytes. */
  readonly outputOffset?: number;
  /** For a completed step that can be undone: whether it is. */
  readonly undo?: Undo;
  /** For a question: the indexes under which it was asked, the last of them answered by `value`. */
  readonly indexes?: readonly number[];
}

/**
 * KeptSteps are the steps of a finished operation that another one continues with: all that have not failed. Each has a
 * name, a size, a document and a value, in the order in which they were stored.
 */
export interface KeptSteps {
  readonly keys: KeyBase;
  readonly rows: readonly (readonly [
    name: string,
    size: number,
    doc: string,
    value: string | null,
  ])[];
}

/** Undo says whether a step is undone: `due` if undoing it was not tried, or its end was not stored. */
export interface Undo {
  readonly state: "due" | "undone" | "not_undone";
  /** When it was tried, or given up. */
  readonly at?: number;
  /** The attempt that tried. */
  readonly attempt?: number;
  /** Why it is not undone. */
  readonly error?: StepFailure;
}

/** StepFailure is why a step failed. */
export interface StepFailure extends OperationError {
  readonly retryable: boolean;
  /** The name of an unexpected exception, whose message is not shown to clients. */
  readonly thrown?: string;
}

/** overAt returns when a step is over, or will be: the order in which steps are replayed. */
export function overAt({ type, endedAt, until }: StepRecord): number | undefined {
  return endedAt ?? (type === "sleep" ? until : undefined);
}
