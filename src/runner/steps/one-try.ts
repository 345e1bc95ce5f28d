import { OperationFailure } from "../../kinds/kind.ts";
import { longestTimer } from "./waits.ts";

/** Limits are what bounds one try of something. */
export interface Limits {
  /** In milliseconds; without it, as long as the operation may. */
  readonly timeout: number | undefined;
  /** The operation's signal, made where it is read. */
  signal(): AbortSignal;
}

/**
 * oneTry calls something, and rejects when its time is over.
 *
 * @param run is handed what returns the signal of the try
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
