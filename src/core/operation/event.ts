import type { InputRequest, OperationError, ResultHead } from "./operation.ts";

/** Outcome is how an attempt ended. */
export type Outcome =
  | { readonly type: "succeeded"; readonly result: ResultHead }
  | { readonly type: "failed"; readonly error: OperationError; readonly retryable: boolean }
  | { readonly type: "canceled"; readonly message?: string };

/** Event is something that happened to an operation. */
export type Event =
  /** An attempt starts, its start time having come. */
  | { readonly type: "start" }
  /** A worker claims the next attempt for `lease` milliseconds, its start time having come. */
  | {
      readonly type: "claim";
      readonly lease: number;
      /** The name of the worker. */
      readonly worker?: string;
    }
  | {
      readonly type: "progress";
      readonly attempt: number;
      readonly percentComplete?: number;
      readonly statusMessage?: string;
      /** JSON text that replaces the previous metadata. */
      readonly metadata?: string;
      /** By how many milliseconds from now a worker extends its lease. */
      readonly lease?: number;
      /** Whether the same write adds rows of the attempt. */
      readonly leaves?: true;
      /** Whether it has written output. */
      readonly hasOutput?: true;
    }
  /** Work asks its question number `index`, counted from 0. */
  | {
      readonly type: "ask";
      readonly attempt: number;
      readonly index: number;
      readonly request: InputRequest;
    }
  /** A client answers question `index` with a JSON text; `by` is a hash of the message, to recognize repetitions. */
  | {
      readonly type: "answer";
      readonly index: number;
      readonly answer: string;
      readonly by?: string;
    }
  /** A client wants it to end; with `force` it ends at once, whatever its attempt does. */
  | { readonly type: "cancel"; readonly force?: true }
  /** An attempt ended; `jitter`, from 0 to 1, spreads retries. */
  | {
      readonly type: "finish";
      readonly attempt: number;
      readonly outcome: Outcome;
      readonly jitter: number;
      /** Whether the same write adds rows of the attempt. */
      readonly leaves?: true;
    }
  /** An attempt was lost: its object restarted, or for the reason in `message`. */
  | {
      readonly type: "lost";
      readonly attempt: number;
      readonly jitter: number;
      readonly message?: string;
      /** Whether it had stored something from which the next attempt continues, which resets the count of losses. */
      readonly hasAdvanced?: true;
      /** Whether the same write adds rows of the attempt. */
      readonly leaves?: true;
    }
  /** An attempt could not be made for now, and has done nothing: the next one starts at `until`. */
  | {
      readonly type: "postpone";
      readonly attempt: number;
      readonly until: number;
      readonly message: string;
    }
  /** An attempt ends because it can only wait: until a time, for an answer, or for either. */
  | {
      readonly type: "park";
      readonly attempt: number;
      readonly until?: number;
      readonly isAsking: boolean;
      /** The error of a step that waits for its next try: this does not suspend the deadline. */
      readonly error?: OperationError;
      /** Whether the same write adds rows of the attempt. */
      readonly leaves?: true;
    }
  /** A worker releases its attempt. */
  | { readonly type: "release"; readonly attempt: number }
  /** Time has passed. */
  | { readonly type: "tick" };
