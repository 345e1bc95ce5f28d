import type { Operation } from "../operation.ts";

/**
 * WaitTimeoutError is a wait that was over before the operation had ended, which it does none the
 * less: wait again. `cause` is the trouble that the last request met, if it met any.
 */
export class WaitTimeoutError extends Error {
  override readonly name = "WaitTimeoutError";
  readonly code = "wait-timeout";
  /** The last state seen, or undefined where the service was never reached. */
  readonly operation: Operation | undefined;

  constructor(message: string, operation: Operation | undefined, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.operation = operation;
  }
}
