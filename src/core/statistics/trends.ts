import { columns } from "./by-name.ts";
import { type Histogram, quantiles, sizeOf } from "./histogram.ts";
import { nothing, ofKinds, ofRoutes, type Tally, total } from "./tally.ts";

/** TrendRange is the time range of trends. */
export type TrendRange = "15m" | "24h";

/** trendRanges are the steps of each range: how many, and their length in milliseconds. */
export const trendRanges: Readonly<Record<TrendRange, { step: number; steps: number }>> = {
  "15m": { step: 10_000, steps: 90 },
  "24h": { step: 300_000, steps: 288 },
};

/**
 * Trends is the response of `GET /api/v1/trends`: counters of one tenant over time, as columns. Every column has one
 * entry for each step from `from` to `to`, oldest first: 90 of 10 s, or 288 of 5 min. Entry `i` starts at `from + i *
 * step`, and the last one is still in progress.
 */
export interface Trends {
  readonly range: TrendRange;
  /** RFC 3339: when the first step begins. */
  readonly from: string;
  /** RFC 3339: when the last step will end, up to one step after `at`. */
  readonly to: string;
  /** RFC 3339: the time of this response. */
  readonly at: string;
  /** Milliseconds; a count divided by this, times 1,000, is a rate per second. */
  readonly step: number;
  /** Operations created. */
  readonly created: readonly number[];
  /** Operations that ended with this status; the sum of the three is all that finished. */
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly canceled: readonly number[];
  /** Operations running at the end of the step, including those that ask for input; null if unknown. */
  readonly running: readonly (number | null)[];
  /** Unfinished operations that were not running at the end of the step; null if unknown. */
  readonly waiting: readonly (number | null)[];
  /** How many of `running` asked for input; null if unknown. */
  readonly asking: readonly (number | null)[];
  /** How many of `waiting` were parked, asleep or asking for input without an attempt; null if unknown. */
  readonly parked: readonly (number | null)[];
  /**
   * By kind, for kinds with operations that finished in the range. Kinds after the first 32 are counted under
   * `(other)`.
   */
  readonly kinds: Readonly<Record<string, KindTrend>>;
  /**
   * Requests by route pattern, such as `/api/v1/operations/{id}`; those after the first 64 are counted under `(other)`.
   */
  readonly requests: Readonly<Record<string, readonly number[]>>;
}

/** KindTrend is how many operations of a kind have finished, and how long they took. */
export interface KindTrend {
  readonly finished: readonly number[];
  /**
   * Milliseconds from creation to end, including waits, that this share of the operations finished in the step did not
   * exceed: at most a fifth above the true one; null if none has finished.
   */
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

/** Step is the data of one step, of one shard or of all. */
export interface Step {
  /** Absent if nothing happened. */
  readonly tally?: Tally;
  /** The level at the end; absent if it did not change. */
  readonly level?: Level;
}

/** Level is how many operations are unfinished: running, and waiting. */
export interface Level {
  readonly running: number;
  readonly waiting: number;
  /** How many of the running operations ask for input. Older code does not record this or the following member. */
  readonly asking?: number;
  /** How many of the waiting operations are parked. */
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

/** rolledUp combines consecutive steps, oldest first, into one longer step. */
export function rolledUp(steps: readonly Step[]): Step {
  return steps.reduce<Step>(
    (sum, { tally, level }) => stepOf(sumOf(sum.tally, tally, total), level ?? sum.level),
    {},
  );
}

/** carried gives each step without a level the level of the previous step, and the first one `before`. */
export function carried(steps: readonly Step[], before: Level | undefined): readonly Step[] {
  let last = before;
  return steps.map(({ tally, level }) => {
    last = level ?? last;
    return stepOf(tally, last);
  });
}

/** merged adds up the steps of several shards, step by step. */
export function merged(shards: readonly (readonly Step[])[]): readonly Step[] {
  return shards.reduce((sums, steps) =>
    sums.map(({ tally, level }, index) => {
      const other = steps[index] ?? {};
      return stepOf(sumOf(tally, other.tally, total), sumOf(level, other.level, together));
    }),
  );
}

/** trendsOf converts all steps of a range, oldest first, to columns. */
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

/** A value that only one of them has is unknown for both. */
function both(name: "asking" | "parked", a: Level, b: Level) {
  const [one, other] = [a[name], b[name]];
  return one !== undefined && other !== undefined && { [name]: one + other };
}

function mapped<A, B>(by: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(by).map(([name, value]) => [name, to(value)]));
}
