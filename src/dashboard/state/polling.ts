import { pauseAfter } from "../../client/connection.ts";
import { isPassing } from "../../client/request-error.ts";
import { maxSleep } from "../../client/sleep.ts";

/**
 * rest resolves after some milliseconds, but not while the page is hidden: then once somebody looks at it again. It
 * resolves at once when `left` is aborted.
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

/** Trouble counts how often in a row a poll has failed, and leaves the service alone for longer each time. */
export class Trouble {
  readonly #left: AbortSignal;
  #failures = 0;

  constructor(left: AbortSignal) {
    this.#left = left;
  }

  /** over says that the service has answered. */
  over(): void {
    this.#failures = 0;
  }

  /**
   * passes rests after a failure, 0.25 to 10 seconds or as `Retry-After` says, with jitter. It resolves to false where
   * the poll is to end: what was thrown does not pass, or nobody asks any more.
   *
   * @param least is how long it rests at least, in milliseconds
   */
  async passes(thrown: unknown, least = 0): Promise<boolean> {
    if (this.#left.aborted || !isPassing(thrown)) return false;
    this.#failures += 1;
    await rest(Math.max(least, pauseAfter(this.#failures, thrown)), this.#left);
    return !this.#left.aborted;
  }
}
