import type { KindRetry } from "./attempts.ts";

/** Undo is what `compensate` may know of the step that it undoes. */
export interface Undo<T = unknown> {
  /** What the step returned, as JSON gives it back. */
  readonly value: T;
  /** Why: the operation ends so. Of a cancel the code is `canceled`, of a deadline `deadline_exceeded`. */
  readonly reason: { readonly code: string; readonly message: string };
  /**
   * What tells repetitions of this undoing to others: the same in every attempt, and another than the
   * step's. At most 255 characters of ASCII.
   */
  readonly idempotencyKey: string;
  /** The key under which the step was made. */
  readonly stepKey: string;
  /** Aborts when the step's `timeout` has passed, and when nobody waits for the undoing any more. */
  readonly signal: AbortSignal;
}

/** StepOptions say how a step is made. */
export interface StepOptions<T = unknown> {
  /**
   * How often it is tried; without it, once. Between tries the attempt parks if it has more than five
   * seconds to wait.
   */
  readonly retry?: KindRetry;
  /** How long one try may take: `30s`, or milliseconds. Without it, as long as the operation may. */
  readonly timeout?: string | number;
  /**
   * compensate undoes the step, if it was done, when the operation is canceled, misses its deadline or
   * fails for good: newest first, each within the step's `timeout`, all within the kind's
   * `compensateWithin`. What it throws is kept and logged, and the others still run. It is called
   * again only where its end was not stored. To find it, the code is run to its last stored step: what is stored comes
   * back, and no step runs. A step whose end was not stored is not undone: a service that
   * takes its key can be asked in the `compensate` of a step before. A forced cancel undoes nothing.
   */
  compensate?(undo: Undo<T>): unknown;
}

/** Interrupted is where an attempt was lost. */
export interface Interrupted {
  /** The last step that it has stored, if any; it may have begun others. */
  readonly step?: string;
  readonly attempt: number;
}

/** StepRun is what a step may know of itself. */
export interface StepRun {
  /** The number of this try of the step, from 1. */
  readonly attempt: number;
  /**
   * What tells repetitions of this step to others: the same in every try and in every attempt. At most
   * 255 characters of ASCII.
   */
  readonly idempotencyKey: string;
  /** Aborts when the operation's does, and when the step has taken longer than its `timeout`. */
  readonly signal: AbortSignal;
}
