/** Interruptions is the retry policy for lost attempts. */
export interface Interruptions {
  /** How many may be lost in a row; with 0 the first one ends the operation as `interrupted`. */
  readonly limit: number;
  /** Milliseconds from the first loss in a row to the next attempt. */
  readonly delay: number;
  /** At least 1: each delay is this many times the previous one, up to a minute. */
  readonly backoffCoefficient: number;
}

/** defaultInterruptions is the default of a kind. */
export const defaultInterruptions: Interruptions = {
  limit: 10,
  delay: 1_000,
  backoffCoefficient: 2,
};

/** shortestPause is the shortest delay after a loss while a question was open, in milliseconds. */
export const shortestPause = 10_000;

/** longestPause is the longest delay after a loss, in milliseconds, unless the first delay is longer. */
export const longestPause = 60_000;
