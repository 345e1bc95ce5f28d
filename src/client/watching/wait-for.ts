import { formatDuration } from "../../base/duration.ts";
import { maxWait } from "../../core/limits.ts";
import { type Connection, pauseAfter } from "../connection.ts";
import { type FinishedOperation, isFinished, type Operation, operationPath } from "../operation.ts";
import { type CallOptions, durationOption } from "../options.ts";
import { isPassing } from "../request-error.ts";
import { sleep } from "../sleep.ts";

/** WaitOptions are the options of `waitFor`. */
export interface WaitOptions extends CallOptions {
  /** How long to wait, such as `90s` or `2h`. Default: until the operation ends. */
  readonly timeout?: string | undefined;
}

/**
 * WaitTimeoutError means that the time was up before the operation had ended. The operation continues: wait again.
 * `cause` is the error of the last request, if any.
 */
export class WaitTimeoutError extends Error {
  override readonly name = "WaitTimeoutError";
  readonly code = "wait-timeout";
  /** The last known state, or undefined if the service was never reached. */
  readonly operation: Operation | undefined;

  constructor(message: string, operation: Operation | undefined, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.operation = operation;
  }
}

/** grace is how long after the requested wait a response may arrive, in milliseconds. */
const grace = 5_000;

/** early is the shortest pause before the next poll if the service responded early, in milliseconds. */
const early = 1_000;

/**
 * waitFor polls until an operation has ended; the service holds each request open. Errors that may pass do not end the
 * wait.
 *
 * @throws see OperationsClient.waitFor
 */
export async function waitFor(
  connection: Connection,
  id: string,
  { timeout, signal }: WaitOptions,
): Promise<FinishedOperation> {
  const path = operationPath(id);
  const length = timeout === undefined ? Infinity : durationOption("timeout", timeout);
  const until = Date.now() + length;
  let seen: Operation | undefined;
  let trouble: unknown;
  let failures = 0;
  for (;;) {
    const asked = Date.now();
    const wait = Math.min(Math.max(0, until - asked), maxWait);
    let pause = 0;
    try {
      seen = await connection.call<Operation>({
        method: "GET",
        path: `${path}?wait=${formatDuration(wait)}`,
        timeout: wait + grace,
        signal,
      });
      if (isFinished(seen)) return seen;
      failures = 0;
      trouble = undefined;
      // A proxy may respond at once, whatever wait was requested.
      if (Date.now() - asked < wait / 2) pause = early;
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      trouble = thrown;
      failures += 1;
      pause = pauseAfter(failures, thrown);
    }
    const left = until - Date.now();
    if (left <= 0) {
      const state = seen === undefined ? "it was not reached" : `it is ${seen.status}`;
      throw new WaitTimeoutError(`${id} has not ended within ${timeout}: ${state}`, seen, trouble);
    }
    // After the pause there is one last request, even if no time is left.
    if (pause > 0) await sleep(Math.min(pause, left), signal);
    signal?.throwIfAborted();
  }
}
