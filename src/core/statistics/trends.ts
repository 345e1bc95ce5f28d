import { columns } from "./by-name.ts";
import { type Histogram, quantiles, sizeOf } from "./histogram.ts";
import { nothing, ofKinds, ofRoutes, type Tally, total } from "./tally.ts";

/** TrendRange is how far back trends go. */
export type TrendRange = "15m" | "24h";

/** trendRanges is what each range is made of: how many steps, of how many milliseconds. */
export const trendRanges: Readonly<Record<TrendRange, { step: number; steps: number }>> = {
  "15m": { step: 10_000, steps: 90 },
  "24h": { step: 300_000, steps: 288 },
};

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
  /** Operations under way at the end of the step, asking for input included; null if that is not known. */
  readonly running: readonly (number | null)[];
  /** Unfinished operations that were not under way at the end of the step; null if that is not known. */
  readonly waiting: readonly (number | null)[];
  /** How many of `running` asked for input; null if that is not known. */
  readonly asking: readonly (number | null)[];
  /** How many of `waiting` were parked, asleep or asking for input without an attempt; null if that is not known. */
  readonly parked: readonly (number | null)[];
  /** By kind, of those that have finished in the range. Kinds after the first 32 stand under `(other)`. */
  readonly kinds: Readonly<Record<string, KindTrend>>;
  /** Requests by route pattern, such as `/api/v1/operations/{id}`; after the first 64 under `(other)`. */
  readonly requests: Readonly<Record<string, readonly number[]>>;
}

/** KindTrend is how many operations of a kind have finished, and how long they took. */
export interface KindTrend {
  readonly finished: readonly number[];
  /**
   * Milliseconds from creation to end, waiting included, that a share of those finished in the step
   * did not exceed: at most a fifth above the true one; null if none has finished.
   */
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

/** Step is what is known of one step: by a shard, or by all of them. */
export interface Step {
  /** Absent if nothing happened. */
  readonly tally?: Tally;
  /** As it was at the end; absent if it stayed as it was before. */
  readonly level?: Level;
}

/** Level is how many operations are unfinished: under way, and not. */
export interface Level {
  readonly running: number;
  readonly waiting: number;
  /** How many of those under way ask for input. Older code notes neither this nor what follows. */
  readonly asking?: number;
  /** How many of the others are parked. */
  readonly parked?: number;
}

/** isSameLevel says whether two levels are the same. */
export function isSameLevel(a: Level | undefined, b: Level): boolean {
  return (
    a?.running === b.running &&
    a.waiting === b.waiting &&
    a.asking === b.asking &&
    a.parked === b.parked
  );
}

/** firstStep returns the number of the oldest step of a range; step `n` begins `n * step` ms after 1970. */
export function firstStep(range: TrendRange, now: number): number {
  const { step, steps } = trendRanges[range];
  return Math.floor(now / step) - steps + 1;
}

/** rolledUp makes one longer step of those that follow each other in it, oldest first. */
export function rolledUp(steps: readonly Step[]): Step {
  return steps.reduce<Step>(
    (sum, { tally, level }) => stepOf(sumOf(sum.tally, tally, total), level ?? sum.level),
    {},
  );
}

/** carried gives each step without a level that of the step before it, and the first one `before`. */
export function carried(steps: readonly Step[], before: Level | undefined): readonly Step[] {
  let last = before;
  return steps.map(({ tally, level }) => {
    last = level ?? last;
    return stepOf(tally, last);
  });
}

/** merged adds up, step by step, what several shards know of the same steps. */
export function merged(shards: readonly (readonly Step[])[]): readonly Step[] {
  return shards.reduce((sums, steps) =>
    sums.map(({ tally, level }, index) => {
      const other = steps[index] ?? {};
      return stepOf(sumOf(tally, other.tally, total), sumOf(level, other.level, together));
    }),
  );
}

/** trendsOf writes the steps of a range, all of them and oldest first, as columns. */
export function trendsOf(range: TrendRange, now: number, steps: readonly Step[]): Trends {
  const { step } = trendRanges[range];
  const from = firstStep(range, now) * step;
  const tallies = steps.map(({ tally }) => tally ?? nothing);
  const kinds = columns(
    tallies.map((tally) => tally.kinds),
    ofKinds,
  );
  const requests = columns(
    tallies.map((tally) => tally.requests),
    ofRoutes,
  );
  return {
    range,
    from: new Date(from).toISOString(),
    to: new Date(from + steps.length * step).toISOString(),
    at: new Date(now).toISOString(),
    step,
    created: tallies.map(({ created }) => created),
    succeeded: tallies.map(({ succeeded }) => succeeded),
    failed: tallies.map(({ failed }) => failed),
    canceled: tallies.map(({ canceled }) => canceled),
    running: steps.map(({ level }) => level?.running ?? null),
    waiting: steps.map(({ level }) => level?.waiting ?? null),
    asking: steps.map(({ level }) => level?.asking ?? null),
    parked: steps.map(({ level }) => level?.parked ?? null),
    kinds: mapped(kinds, kindTrend),
    requests: mapped(requests, (column) => column.map((count) => count ?? 0)),
  };
}

function kindTrend(column: readonly (Histogram | undefined)[]): KindTrend {
  const histograms = column.map((histogram) => histogram ?? {});
  const found = histograms.map((histogram) => quantiles(histogram, [0.5, 0.95, 0.99]));
  return {
    finished: histograms.map(sizeOf),
    p50: found.map(([p50]) => p50 ?? null),
    p95: found.map(([, p95]) => p95 ?? null),
    p99: found.map(([, , p99]) => p99 ?? null),
  };
}

function stepOf(tally: Tally | undefined, level: Level | undefined): Step {
  return { ...(tally && { tally }), ...(level && { level }) };
}

function sumOf<T>(a: T | undefined, b: T | undefined, add: (a: T, b: T) => T): T | undefined {
  return a && b ? add(a, b) : (a ?? b);
}

function together(a: Level, b: Level): Level {
  return {
    running: a.running + b.running,
    waiting: a.waiting + b.waiting,
    ...both("asking", a, b),
    ...both("parked", a, b),
  };
}

/** What only one of two knows is not known of both. */
function both(name: "asking" | "parked", a: Level, b: Level) {
  const [one, other] = [a[name], b[name]];
  return one !== undefined && other !== undefined && { [name]: one + other };
}

function mapped<A, B>(by: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(by).map(([name, value]) => [name, to(value)]));
}
