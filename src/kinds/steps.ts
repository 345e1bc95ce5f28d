import type { KindRetry } from "./attempts.ts";

/** Undo is the argument of `compensate`. */
export interface Undo<T = unknown> {
  /** What the step returned, after a round trip through JSON. */
  readonly value: T;
  /** The error that ends the operation; its code is `canceled` after a cancel, and `deadline_exceeded` after the deadline. */
  readonly reason: { readonly code: string; readonly message: string };
  /**
   * A key by which other services can recognize repetitions of this call: the same in every attempt, and different
   * from the step's. At most 255 ASCII characters.
   */
  readonly idempotencyKey: string;
  /** The idempotency key of the step itself. */
  readonly stepKey: string;
  /** Aborts after the step's `timeout`, and when the attempt ends. */
  readonly signal: AbortSignal;
}

/** StepOptions are the options of `op.step`. */
export interface StepOptions<T = unknown> {
  /**
   * The retry policy of the step. Default: one try. The attempt parks between tries that are more than five
   * seconds apart.
   */
  readonly retry?: KindRetry;
  /** How long one try may take: `30s`, or milliseconds. Default: as long as the operation may. */
  readonly timeout?: string | number;
  /**
   * compensate undoes the completed step when the operation is canceled, misses its deadline or fails for good:
   * newest step first, each within the step's `timeout`, all within the kind's `compensateWithin`. An exception is
   * recorded and logged, and the others still run. It is called again only if its end was not stored. To find the
   * callbacks, the code runs once more, up to its last stored step: stored values are returned, and no step runs.
   * A step whose end was not stored is not undone; if the service can be queried by key, do that in the `compensate`
   * of an earlier step. A forced cancel undoes nothing.
   */
  compensate?(undo: Undo<T>): unknown;
}

/** Interrupted says where the previous attempt was lost. */
export interface Interrupted {
  /** The last step that it stored, if any; it may have begun others. */
  readonly step?: string;
  readonly attempt: number;
}

/** StepRun is the argument of a step's function. */
export interface StepRun {
  /** The number of this try of the step, from 1. */
  readonly attempt: number;
  /**
   * A key by which other services can recognize repetitions of this step: the same in every try and every attempt.
   * At most 255 ASCII characters.
   */
  readonly idempotencyKey: string;
  /** Aborts with the operation's signal, and after the step's `timeout`. */
  readonly signal: AbortSignal;
}
