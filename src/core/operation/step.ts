import type { KeyBase, OperationError } from "./operation.ts";

/** maxSteps is how many steps, sleeps and named questions one operation may have. */
export const maxSteps = 1_000;

/** maxStepValue bounds what one step returns, in bytes of JSON text. */
export const maxStepValue = 1024 * 1024;

/** maxStepsSize bounds what is stored of all steps of an operation, in bytes. */
export const maxStepsSize = 10 * 1024 * 1024;

/** maxStepName bounds the name of a step, in characters. */
export const maxStepName = 256;

/** StepType says what stands under a name: a step, a sleep, or a question. */
export type StepType = "step" | "sleep" | "ask";

/**
 * StepRecord is what is stored of one step of an operation, so that a later attempt goes on after it.
 * A step is stored once it is over, or has failed and waits for its next try; a sleep when it begins; a
 * question when it is answered. It is stored as JSON, and members that this code does not know are kept.
 */
export interface StepRecord {
  readonly name: string;
  readonly type: StepType;
  /** The attempt that stored it. */
  readonly attempt: number;
  readonly startedAt: number;
  /** When it was over. A sleep is over at `until`. */
  readonly endedAt?: number;
  /** When a sleep ends, or a step that has failed is tried again. */
  readonly until?: number;
  /** How often it was tried, where that is more than once. */
  readonly tries?: number;
  /** What it returned, or what was answered, as JSON text; absent for undefined. */
  readonly value?: string;
  /** Why it has failed: for good if it has `endedAt`. */
  readonly error?: StepFailure;
  /**
   * Whether the code need not come by it again: a step before it had failed, and what `retry` of the
   * operation began may go another way.
   */
  readonly isOptional?: true;
  /** How much output the operation had by then, in bytes. */
  readonly outputOffset?: number;
  /** Of a step that is done and can be undone: whether it is. */
  readonly undo?: Undo;
  /** Of a question: the numbers under which it was asked, the last of them answered by `value`. */
  readonly indexes?: readonly number[];
}

/**
 * KeptSteps are those of an operation that has ended, for another to go on with: all that have not failed.
 * Each is a name, its size, its document and its value, in the order in which they were stored.
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

/** Undo is whether a step is undone: due where nobody has tried, or nobody has told. */
export interface Undo {
  readonly state: "due" | "undone" | "not_undone";
  /** When it was tried, or given up. */
  readonly at?: number;
  /** The attempt that did it. */
  readonly attempt?: number;
  /** Why it is not undone. */
  readonly error?: StepFailure;
}

/** StepFailure is why a step failed. */
export interface StepFailure extends OperationError {
  readonly retryable: boolean;
  /** The name of the error that nobody expected, whose message is not for clients. */
  readonly thrown?: string;
}

/** overAt returns when a step is over, or will be: the order in which they are replayed. */
export function overAt({ type, endedAt, until }: StepRecord): number | undefined {
  return endedAt ?? (type === "sleep" ? until : undefined);
}
