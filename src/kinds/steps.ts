import type { KindRetry } from "./attempts.ts";

/** StepOptions say how a step is made. */
export interface StepOptions {
  /**
   * How often it is tried; without it, once. Between tries the attempt parks if it has more than five
   * seconds to wait.
   */
  readonly retry?: KindRetry;
  /** How long one try may take: `30s`, or milliseconds. Without it, as long as the operation may. */
  readonly timeout?: string | number;
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
