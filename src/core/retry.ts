/** RetryPolicy says how many times work is tried, and how long to wait between tries, in milliseconds. */
export interface RetryPolicy {
  /** At least 1, including the first attempt; `unlimited` means until the deadline. */
  readonly maxAttempts: number;
  readonly initialInterval: number;
  /** At least 1: each wait is this many times the previous one. */
  readonly backoffCoefficient: number;
  readonly maximumInterval: number;
}

/** unlimited is a number of attempts that is never reached, even by older code. */
export const unlimited = Number.MAX_SAFE_INTEGER;

/** leastInterval is the shortest wait between attempts without a limit, in milliseconds, before jitter. */
export const leastInterval = 1_000;

/** once is the default policy: a single attempt. */
export const once: RetryPolicy = {
  maxAttempts: 1,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
};

/**
 * backoff returns how long to wait after a failed attempt: exponential from `initialInterval`,
 * at most `maximumInterval`, shortened by up to half by `jitter` (from 0 to 1), so that attempts that failed together
 * are not retried together.
 */
export function backoff(
  policy: Omit<RetryPolicy, "maxAttempts">,
  attempt: number,
  jitter: number,
): number {
  // Bounded, since an interval of 0 times infinity would be NaN, which is not a valid time.
  const growth = Math.min(policy.backoffCoefficient ** (attempt - 1), Number.MAX_VALUE);
  const grown = policy.initialInterval * growth;
  return Math.round(Math.min(grown, policy.maximumInterval) * (1 - jitter / 2));
}
