import type { LogLevel } from "../core/log-line.ts";
import type { Ending } from "../core/operation/history.ts";
import type { StepType } from "../core/operation/step.ts";
import type { FailureReason } from "./operation.ts";

/** Attempt is one attempt of an operation. Times are RFC 3339. */
export interface Attempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly startedAt: string;
  /** Left out while it is running, like `outcome`. */
  readonly endedAt?: string;
  /**
   * How it ended: `interrupted` if it was lost, `released` if its worker released it, `parked` if the next one
   * continues where it stopped, `postponed` if it could not start under the current configuration or code,
   * `compensated` if it has finished undoing steps.
   */
  readonly outcome?: Ending;
  /** With the scope `admin`, `stack` is the stack of an unexpected exception. */
  readonly error?: FailureReason & { readonly stack?: string };
  /** The name of the worker that claimed it. */
  readonly worker?: string;
  /** Whether it only undoes steps. */
  readonly undoing?: true;
  readonly steps: readonly AttemptStep[];
  /** The last 20 reports, oldest first. */
  readonly progress: readonly AttemptProgress[];
  /** The last 200 lines, oldest first. */
  readonly log: readonly LogLine[];
}

/** AttemptStep is a step, a sleep or a question that an attempt stored. */
export interface AttemptStep {
  readonly name: string;
  readonly type: StepType;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When a sleep ends, or when a failed step is tried again. */
  readonly until?: string;
  /** How many times it was tried, if more than once. */
  readonly tries?: number;
  readonly error?: FailureReason & { readonly stack?: string };
  /** For a completed step that can be undone: whether it is. */
  readonly undo?: StepUndo;
}

/** StepUndo says whether a step is undone: it is `due` until the operation fails or is canceled and undoing it was tried. */
export interface StepUndo {
  readonly state: "due" | "undone" | "not_undone";
  /** When it was undone, tried, or given up. */
  readonly endedAt?: string;
  /** The attempt that tried. */
  readonly attempt?: number;
  /** Why it is not undone. */
  readonly error?: FailureReason & { readonly stack?: string };
}

/** AttemptProgress is one progress report of an attempt. */
export interface AttemptProgress {
  readonly time: string;
  readonly percentComplete?: number;
  readonly statusMessage?: string;
}

/** LogLine is a log line of an attempt. It comes from the work: never insert it into a page as markup. */
export interface LogLine {
  readonly time: string;
  /** The number of the line within the attempt, from 1. Missing numbers are lines that were dropped. */
  readonly line: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** AttemptNews is a new log line of an attempt, or the name of a step that it stored. */
export interface AttemptNews {
  readonly attempt: number;
  readonly log?: readonly LogLine[];
  readonly step?: string;
}
