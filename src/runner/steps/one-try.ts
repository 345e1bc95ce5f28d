import { OperationFailure } from "../../kinds/kind.ts";
import { longestTimer } from "./waits.ts";

/** Limits are the limits of one try. */
export interface Limits {
  /** In milliseconds; without it, only the operation's own deadline applies. */
  readonly timeout: number | undefined;
  /** The operation's signal, which is created when it is read. */
  signal(): AbortSignal;
}

/**
 * oneTry calls a function, and rejects when its time is up.
 *
 * @param run receives a function that returns the signal of the try
 */
export async function oneTry(
  { timeout, signal }: Limits,
  run: (signal: () => AbortSignal) => unknown,
): Promise<unknown> {
  if (timeout === undefined) return run(signal);
  const abort = new AbortController();
  const late = new OperationFailure("step_timeout", `A step took longer than ${timeout} ms`);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => {
    reject(late);
    abort.abort(new DOMException(late.message, "TimeoutError"));
  };
  const timer = setTimeout(stop, Math.min(timeout, longestTimer));
  try {
    const ran = (async () => run(() => AbortSignal.any([signal(), abort.signal])))();
    return await Promise.race([ran, stopped]);
  } finally {
    clearTimeout(timer);
  }
}
