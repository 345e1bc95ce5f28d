/** TrendRange is how far back trends go. */
export type TrendRange = "15m" | "24h";

/**
 * Trends is the answer of `GET /api/v1/trends`: counters of one tenant over time, as columns. Every
 * column has one entry for each step from `from` up to `to`, oldest first: 90 of 10 s, or 288 of
 * 5 min. Entry `i` is of the time from `from + i * step` on, and the last is still under way.
 */
export interface Trends {
  readonly range: TrendRange;
  /** RFC 3339: where the first step begins. */
  readonly from: string;
  /** RFC 3339: where the last step will end, up to one step after `at`. */
  readonly to: string;
  /** RFC 3339: when this was so. */
  readonly at: string;
  /** Milliseconds; a count divided by it, times 1,000, is a rate per second. */
  readonly step: number;
  /** Operations made. */
  readonly created: readonly number[];
  /** Operations that ended so; the three together are what has finished. */
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly canceled: readonly number[];
  /** Operations under way at the end of the step, asking for input included; null where that is not known. */
  readonly running: readonly (number | null)[];
  /** Unfinished operations that were not under way at the end of the step; null where that is not known. */
  readonly waiting: readonly (number | null)[];
  /** By kind, of those that have finished in the range. Kinds beyond the cap stand under `(other)`. */
  readonly kinds: Readonly<Record<string, KindTrend>>;
  /** Requests by route pattern, such as `/api/v1/operations/{id}`; beyond the cap under `(other)`. */
  readonly requests: Readonly<Record<string, readonly number[]>>;
}

/** KindTrend is how many operations of a kind have finished, and how long they took. */
export interface KindTrend {
  readonly finished: readonly number[];
  /**
   * Milliseconds from creation to end, waiting included, that a share of those finished in the step
   * stayed below: at most a fifth above the true one; null where none has finished.
   */
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}
