import { bucketOf, type Histogram, joined, quantiles, sizeOf } from "./histogram.ts";

/** Timing is how long things took: the total, in milliseconds, and a histogram. Timings add up exactly. */
export interface Timing {
  readonly total: number;
  readonly histogram: Histogram;
}

/** Spread summarizes a Timing for people, in milliseconds; a quantile is at most a fifth above the true one. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Durations is a Timing that is still counting. */
export type Durations = { total: number; histogram: Record<string, number> };

/** durations returns empty Durations. */
export function durations(): Durations {
  return { total: 0, histogram: {} };
}

/** addTo adds a duration, in milliseconds; a negative one counts as 0. */
export function addTo(timing: Durations, milliseconds: number): void {
  const took = Math.max(0, milliseconds);
  timing.total += took;
  const bucket = bucketOf(took);
  timing.histogram[bucket] = (timing.histogram[bucket] ?? 0) + 1;
}

/** plusTiming returns the sum of two timings. */
export function plusTiming(a: Timing, b: Timing): Timing {
  return { total: a.total + b.total, histogram: joined(a.histogram, b.histogram) };
}

/** spreadOf summarizes a Timing, or returns undefined if it is empty. */
export function spreadOf({ total, histogram }: Timing): Spread | undefined {
  const [p50, p95, p99] = quantiles(histogram, [0.5, 0.95, 0.99]);
  if (p50 == null || p95 == null || p99 == null) return undefined;
  return { mean: Math.round((100 * total) / sizeOf(histogram)) / 100, p50, p95, p99 };
}
