import type { InputRequest, OperationError, ResultHead } from "./operation.ts";

/** Outcome is how an attempt ended. */
export type Outcome =
  | { readonly type: "succeeded"; readonly result: ResultHead }
  | { readonly type: "failed"; readonly error: OperationError; readonly retryable: boolean }
  | { readonly type: "canceled"; readonly message?: string };

/** Event is something that happened to an operation. */
export type Event =
  /** An attempt begins, its start time having come. */
  | { readonly type: "start" }
  /** A worker takes the next attempt, for `lease` milliseconds, its start time having come. */
  | {
      readonly type: "claim";
      readonly lease: number;
      /** What the worker calls itself. */
      readonly worker?: string;
    }
  | {
      readonly type: "progress";
      readonly attempt: number;
      readonly percentComplete?: number;
      readonly statusMessage?: string;
      /** As JSON text, in the place of what was noted before. */
      readonly metadata?: string;
      /** Milliseconds from now for which a worker keeps its attempt. */
      readonly lease?: number;
      /** Whether there are rows of the attempt now, in the same write. */
      readonly leaves?: true;
      /** It has written output. */
      readonly hasOutput?: true;
    }
  /** Work asks its question number `index`, counted from 0. */
  | {
      readonly type: "ask";
      readonly attempt: number;
      readonly index: number;
      readonly request: InputRequest;
    }
  /** Somebody answers question `index` with a JSON text; `by` tells the message that does from any other. */
  | {
      readonly type: "answer";
      readonly index: number;
      readonly answer: string;
      readonly by?: string;
    }
  /** Somebody wants it to end; by force it ends at once, whatever its attempt does. */
  | { readonly type: "cancel"; readonly force?: true }
  /** An attempt ended; `jitter`, from 0 to 1, spreads the retries of many. */
  | {
      readonly type: "finish";
      readonly attempt: number;
      readonly outcome: Outcome;
      readonly jitter: number;
      /** Whether there are rows of the attempt now, in the same write. */
      readonly leaves?: true;
    }
  /** An attempt is known to be dead: its object restarted, or what `message` says. */
  | {
      readonly type: "lost";
      readonly attempt: number;
      readonly jitter: number;
      readonly message?: string;
      /** Whether it had got somewhere that the next goes on from, so that losses are counted anew. */
      readonly hasAdvanced?: true;
      /** Whether there are rows of the attempt now, in the same write. */
      readonly leaves?: true;
    }
  /** An attempt could not be made as things are, and has done nothing: the next begins at `until`. */
  | {
      readonly type: "postpone";
      readonly attempt: number;
      readonly until: number;
      readonly message: string;
    }
  /** An attempt ends because it has nothing to do but wait: until a time, for an answer, or for either. */
  | {
      readonly type: "park";
      readonly attempt: number;
      readonly until?: number;
      readonly isAsking: boolean;
      /** Why a step has failed that waits for its next try: that does not stop the deadline. */
      readonly error?: OperationError;
      /** Whether there are rows of the attempt now, in the same write. */
      readonly leaves?: true;
    }
  /** A claimed attempt is given back. */
  | { readonly type: "release"; readonly attempt: number }
  /** Time has passed. */
  | { readonly type: "tick" };
