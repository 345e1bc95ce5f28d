import type { LogLevel } from "../core/log-line.ts";
import type { Ending } from "../core/operation/history.ts";
import type { StepType } from "../core/operation/step.ts";
import type { FailureReason } from "./operation.ts";

/** Attempt is what is known of one attempt of an operation. Times are RFC 3339. */
export interface Attempt {
  /** Counts from 1. */
  readonly attempt: number;
  readonly startedAt: string;
  /** Absent while it is under way, as `outcome` is. */
  readonly endedAt?: string;
  /**
   * How it ended: `interrupted` if it was lost, `released` if its worker gave it back, `parked` if the
   * next one goes on where it stopped, `postponed` if it could not be made as things were, `compensated` if it
   * is through with undoing steps.
   */
  readonly outcome?: Ending;
  /** With `stack` for the scope `admin`: what an unexpected throw said. */
  readonly error?: FailureReason & { readonly stack?: string };
  /** What the worker that claimed it calls itself. */
  readonly worker?: string;
  /** Whether it undoes steps, and nothing else. */
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
  /** When a sleep ends, or a step that has failed is tried again. */
  readonly until?: string;
  /** How often it was tried, where that is more than once. */
  readonly tries?: number;
  readonly error?: FailureReason & { readonly stack?: string };
  /** Of a step that is done and can be undone: whether it is. */
  readonly undo?: StepUndo;
}

/** StepUndo is whether a step is undone: `due` until the operation has failed or is canceled, or somebody has tried. */
export interface StepUndo {
  readonly state: "due" | "undone" | "not_undone";
  /** When it was tried, or given up. */
  readonly endedAt?: string;
  /** The attempt that tried. */
  readonly attempt?: number;
  /** Why it is not undone. */
  readonly error?: FailureReason & { readonly stack?: string };
}

/** AttemptProgress is how far an attempt was at a time. */
export interface AttemptProgress {
  readonly time: string;
  readonly percentComplete?: number;
  readonly statusMessage?: string;
}

/** LogLine is a line that an attempt logged. It is text of whoever wrote the work, never markup. */
export interface LogLine {
  readonly time: string;
  /** Counts the lines of the attempt, from 1. Where numbers are missing, lines were left out. */
  readonly line: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** AttemptNews is what an attempt has just logged, or the name of a step that it has stored. */
export interface AttemptNews {
  readonly attempt: number;
  readonly log?: readonly LogLine[];
  readonly step?: string;
}
