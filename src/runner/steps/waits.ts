import type { OperationError } from "../../core/operation/operation.ts";
import { shortWait } from "../../core/operation/park.ts";

/** longestTimer is the longest time that a timer can be set to, in milliseconds. */
export const longestTimer = 2 ** 31 - 1;

/** grace is how long code that continues may do things that are not steps before it parks, in milliseconds. */
const grace = 60_000;

/** Parked is what an attempt waits for when it has nothing else to do. */
export interface Parked {
  /** When the first of its timed waits ends. */
  readonly until?: number;
  /** Whether it waits for an answer. */
  readonly isAsking: boolean;
  /** The error of a step that waits for its next try. */
  readonly error?: OperationError;
}

/** Wait is one thing that an attempt waits for. */
interface Wait {
  readonly until?: number;
  /** Whether an attempt can wait for it only while running: it alone does not make the attempt park. */
  readonly isInPlace?: boolean;
  readonly error?: OperationError;
}

/**
 * Waits tracks what one attempt waits for and what it does. Once it does nothing, and everything that it waits for is
 * far away, the attempt parks.
 */
export class Waits {
  readonly #open = new Set<Wait>();
  readonly #park: (parked: Parked) => void;
  #busy = 0;
  /** Whether code has continued after a wait, and has not waited since. */
  #hasGoneOn = false;
  #look: ReturnType<typeof setTimeout> | undefined;

  /** @param park ends the attempt */
  constructor(park: (parked: Parked) => void) {
    this.#park = park;
  }

  /**
   * busy does something during which the attempt stays, but for the waits in it. What is open beside it,
   * such as a sleep that has lost a race, does not have it park at once: the code may have gone on.
   */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.#hasGoneOn = true;
      this.#changed();
    }
  }

  /** during waits, within `busy`, for something that somebody else does. */
  async during<T>(wait: Wait, over: Promise<T>): Promise<T> {
    this.#open.add(wait);
    this.#hasGoneOn = false;
    this.#busy -= 1;
    this.#changed();
    try {
      return await over;
    } finally {
      this.#open.delete(wait);
      this.#busy += 1;
    }
  }

  /** until waits, within `busy`, for a time. */
  until(until: number, error?: OperationError): Promise<void> {
    return this.during({ until, ...(error && { error }) }, reached(until));
  }

  /** stop keeps the attempt from parking. */
  stop(): void {
    if (this.#look !== undefined) clearTimeout(this.#look);
    this.#busy = Number.POSITIVE_INFINITY;
  }

  /** Gives the code a turn to continue. */
  #changed(): void {
    if (this.#busy > 0 || this.#open.size === 0) return;
    if (this.#look !== undefined) clearTimeout(this.#look);
    this.#look = setTimeout(() => this.#parkIfIdle(), this.#hasGoneOn ? grace : 0);
  }

  #parkIfIdle(): void {
    const waits = [...this.#open];
    if (this.#busy > 0 || waits.every(({ isInPlace }) => isInPlace)) return;
    const times = waits.flatMap((wait) => wait.until ?? []);
    const until = Math.min(...times);
    if (until <= Date.now() + shortWait) return;
    const error = waits.find((wait) => wait.error)?.error;
    this.#park({
      isAsking: times.length < waits.length,
      ...(times.length > 0 && { until }),
      ...(error && { error }),
    });
  }
}

async function reached(until: number): Promise<void> {
  for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, longestTimer)));
  }
}
