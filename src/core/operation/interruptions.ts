/** Interruptions say how attempts that were lost, with what ran them, are made again. */
export interface Interruptions {
  /** How many may be lost in a row; 0 has the first one end the operation as `interrupted`. */
  readonly limit: number;
  /** Milliseconds from the first loss in a row to the next attempt. */
  readonly delay: number;
  /** At least 1: each wait is this many times the one before, up to a minute. */
  readonly backoffCoefficient: number;
}

/** defaultInterruptions is what holds where a kind says nothing else. */
export const defaultInterruptions: Interruptions = {
  limit: 10,
  delay: 1_000,
  backoffCoefficient: 2,
};

/** shortestPause is the shortest wait after a loss while a question was open, in milliseconds. */
export const shortestPause = 10_000;

/** longestPause is the longest wait after a loss, in milliseconds, unless the delay is longer. */
export const longestPause = 60_000;
