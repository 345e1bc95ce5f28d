import { pauseAfter } from "../../client/connection.ts";
import { isPassing } from "../../client/request-error.ts";
import { maxSleep } from "../../client/sleep.ts";

/**
 * rest resolves after the given time, but not while the page is hidden: then when it is visible again. It resolves at
 * once when `left` is aborted.
 */
export function rest(milliseconds: number, left?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      left?.removeEventListener("abort", end);
      resolve();
    };
    const look = () => {
      if (!document.hidden) end();
    };
    const timer = setTimeout(look, Math.min(milliseconds, maxSleep));
    document.addEventListener("visibilitychange", look);
    left?.addEventListener("abort", end);
    if (left?.aborted) end();
  });
}

/** Trouble counts consecutive failures of a poll, and waits longer after each. */
export class Trouble {
  readonly #left: AbortSignal;
  #failures = 0;

  constructor(left: AbortSignal) {
    this.#left = left;
  }

  /** over resets the count after a success. */
  over(): void {
    this.#failures = 0;
  }

  /**
   * passes waits after a failure, 0.25 to 10 seconds or as `Retry-After` says, with jitter. It resolves to false if
   * polling should end: the error is permanent, or `left` was aborted.
   *
   * @param least how long to wait at least, in milliseconds
   */
  async passes(thrown: unknown, least = 0): Promise<boolean> {
    if (this.#left.aborted || !isPassing(thrown)) return false;
    this.#failures += 1;
    await rest(Math.max(least, pauseAfter(this.#failures, thrown)), this.#left);
    return !this.#left.aborted;
  }
}
