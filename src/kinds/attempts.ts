import { parseDuration } from "../base/duration.ts";
import type { Interruptions } from "../core/operation/interruptions.ts";
import { leastInterval, once, type RetryPolicy, unlimited } from "../core/retry.ts";

/** KindRetry is a retry policy. Intervals are Go-style text, such as `500ms`, or milliseconds. */
export interface KindRetry {
  /** From 1 to 100; 3 by default. 0 means no limit, until the deadline; intervals must then be at least 1s. */
  readonly maxAttempts?: number;
  /** 1s by default. */
  readonly initialInterval?: string | number;
  /** From 1 to 100; 2 by default. */
  readonly backoffCoefficient?: number;
  /** 1m by default. */
  readonly maximumInterval?: string | number;
}

/** KindInterruptions is the retry policy for lost attempts. Durations are Go-style text, such as `500ms`, or milliseconds. */
export interface KindInterruptions {
  /** How many attempts in a row may be lost, from 1 to 1000; 10 by default. */
  readonly limit?: number;
  /** The delay after the first lost attempt in a row; 1s by default. */
  readonly delay?: string | number;
  /** From 1 to 100; 2 by default. Each delay is this many times the previous one, up to a minute. */
  readonly backoffCoefficient?: number;
}

/** policyOf reads a retry policy; it throws a TypeError for an invalid one. */
export function policyOf(retry: KindRetry): RetryPolicy {
  const { maxAttempts = 3, backoffCoefficient = once.backoffCoefficient } = retry;
  const isFine =
    isWhole(maxAttempts, 0, 100) && backoffCoefficient >= 1 && backoffCoefficient <= 100;
  if (!isFine) throw new TypeError("Invalid retry of a kind: numbers must be from 1 to 100");
  const initialInterval =
    durationOf("initialInterval", retry.initialInterval) ?? once.initialInterval;
  const maximumInterval =
    durationOf("maximumInterval", retry.maximumInterval) ?? once.maximumInterval;
  const isEndless = maxAttempts === 0;
  if (isEndless && Math.min(initialInterval, maximumInterval) < leastInterval) {
    throw new TypeError(
      "Invalid retry of a kind: intervals must be at least 1s where maxAttempts is 0",
    );
  }
  const attempts = isEndless ? unlimited : maxAttempts;
  return { maxAttempts: attempts, initialInterval, backoffCoefficient, maximumInterval };
}

/** interruptionsOf reads the retry policy for lost attempts, without defaults. */
export function interruptionsOf(
  { limit, delay, backoffCoefficient }: KindInterruptions = {},
  atMostOnce: unknown,
): Partial<Interruptions> {
  const milliseconds = durationOf("delay", delay);
  const given = {
    ...(limit !== undefined && { limit }),
    ...(milliseconds !== undefined && { delay: milliseconds }),
    ...(backoffCoefficient !== undefined && { backoffCoefficient }),
  };
  const isFine =
    isWhole(limit ?? 1, 1, 1_000) &&
    (backoffCoefficient ?? 1) >= 1 &&
    (backoffCoefficient ?? 1) <= 100;
  if (!isFine) {
    const wanted = "limit must be from 1 to 1000, and backoffCoefficient from 1 to 100";
    throw new TypeError(`Invalid interruptions of a kind: ${wanted}`);
  }
  if (atMostOnce === true && Object.keys(given).length > 0) {
    throw new TypeError("Invalid interruptions of a kind: it is atMostOnce");
  }
  return given;
}

/** durationOf reads a duration in milliseconds; it throws a TypeError for an invalid one. */
export function durationOf(name: string, given: string | number | undefined): number | undefined {
  if (given === undefined) return undefined;
  const milliseconds = typeof given === "string" ? parseDuration(given) : given;
  if (milliseconds !== undefined && isWhole(milliseconds, 1, Number.MAX_SAFE_INTEGER)) {
    return milliseconds;
  }
  const wanted = "must be a duration such as 30s or 1h30m";
  throw new TypeError(`Invalid ${name} ${JSON.stringify(given)}: ${wanted}`);
}

/** isWhole says whether a number is an integer within bounds. */
export function isWhole(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
