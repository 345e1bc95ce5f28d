import { bucketOf, type Histogram, joined, quantiles, sizeOf } from "./histogram.ts";

/** Timing is how long things took: all of them together, in milliseconds, and as a histogram. Timings add up exactly. */
export interface Timing {
  readonly total: number;
  readonly histogram: Histogram;
}

/** Spread is what a Timing tells people, in milliseconds; a quantile is at most a fifth above the true one. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Durations is a Timing that is being counted. */
export type Durations = { total: number; histogram: Record<string, number> };

/** durations returns the Durations of nothing. */
export function durations(): Durations {
  return { total: 0, histogram: {} };
}

/** addTo counts one more duration, in milliseconds; a negative one counts as 0. */
export function addTo(timing: Durations, milliseconds: number): void {
  const took = Math.max(0, milliseconds);
  timing.total += took;
  const bucket = bucketOf(took);
  timing.histogram[bucket] = (timing.histogram[bucket] ?? 0) + 1;
}

/** plusTiming returns the sum of two. */
export function plusTiming(a: Timing, b: Timing): Timing {
  return { total: a.total + b.total, histogram: joined(a.histogram, b.histogram) };
}

/** spreadOf returns what there is to tell of a Timing, or undefined if it has counted nothing. */
export function spreadOf({ total, histogram }: Timing): Spread | undefined {
  const [p50, p95, p99] = quantiles(histogram, [0.5, 0.95, 0.99]);
  if (p50 == null || p95 == null || p99 == null) return undefined;
  return { mean: Math.round((100 * total) / sizeOf(histogram)) / 100, p50, p95, p99 };
}
