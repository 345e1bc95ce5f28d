import type { Trends } from "../../../client/index.ts";
import { shortDuration } from "../elapsed.ts";

/** Series is one line of a plot. */
export interface Series {
  readonly name: string;
  /** Its color, one of six, from 1. */
  readonly color: number;
  readonly values: readonly (number | null)[];
}

/** Plot is the content of one plot; its x values are the `times` of the trends. */
export interface Plot {
  readonly title: string;
  readonly unit: Unit;
  readonly series: readonly Series[];
  /** Whether values are far apart, and should be drawn with points and connected across gaps. */
  readonly isSparse: boolean;
}

/** Unit is the unit of values: a rate per second, a number of operations, or milliseconds. */
export type Unit = "rate" | "count" | "duration";

/** maxRoutes is how many routes have their own line; the others share one. */
const maxRoutes = 5;

/** timesOf returns the time of each step in seconds since 1970, as plots need it. */
export function timesOf({ from, step, created }: Trends): number[] {
  const first = Date.parse(from) / 1_000;
  return created.map((_, index) => first + (index * step) / 1_000);
}

/** throughputOf returns how many operations were created and ended, per second. */
export function throughputOf(trends: Trends): Plot {
  const finished = trends.succeeded.map(
    (count, index) => count + (trends.failed[index] ?? 0) + (trends.canceled[index] ?? 0),
  );
  return {
    title: "Operations per second",
    unit: "rate",
    isSparse: false,
    series: [
      { name: "created", color: 1, values: ratesOf(trends, trends.created) },
      { name: "finished", color: 2, values: ratesOf(trends, finished) },
      { name: "failed", color: 3, values: ratesOf(trends, trends.failed) },
    ],
  };
}

/** loadOf returns the numbers of unfinished operations, each counted once: running, asking, waiting or parked. */
export function loadOf({ running, waiting, asking, parked }: Trends): Plot {
  return {
    title: "Unfinished operations",
    unit: "count",
    isSparse: false,
    series: [
      { name: "running", color: 1, values: without(running, asking) },
      { name: "asking", color: 5, values: asking },
      { name: "waiting", color: 4, values: without(waiting, parked) },
      { name: "parked", color: 6, values: parked },
    ],
  };
}

function without(all: Levels, some: Levels): Levels {
  return all.map((count, index) => (count === null ? null : count - (some[index] ?? 0)));
}

type Levels = readonly (number | null)[];

/** Totals are how many operations were created in a range, and how many ended, by status. */
export type Totals = Readonly<Record<"created" | EndStatus, number>>;

type EndStatus = "succeeded" | "failed" | "canceled";

/** totalsOf returns the sums over all steps. */
export function totalsOf({ created, succeeded, failed, canceled }: Trends): Totals {
  return {
    created: sumOf(created),
    succeeded: sumOf(succeeded),
    failed: sumOf(failed),
    canceled: sumOf(canceled),
  };
}

/** shareOf formats a share of all ended operations, for people: `98.4%`. It rounds down, so that 100% means all. */
export function shareOf(part: number, { succeeded, failed, canceled }: Totals): string {
  const all = succeeded + failed + canceled;
  return all === 0 ? "" : `${Math.floor((1_000 * part) / all) / 10}%`;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** durationsOf returns how long operations of a kind took, from creation to end. */
export function durationsOf({ kinds }: Trends, kind: string): Plot {
  const of = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return {
    title: "Time to finish",
    unit: "duration",
    isSparse: true,
    series: [
      { name: "p50", color: 2, values: of?.p50 ?? [] },
      { name: "p95", color: 4, values: of?.p95 ?? [] },
      { name: "p99", color: 3, values: of?.p99 ?? [] },
    ],
  };
}

/** requestsOf returns the numbers of requests by route pattern, the most frequent first. */
export function requestsOf(trends: Trends): Plot {
  const routes = Object.entries(trends.requests)
    .map(([name, counts]) => ({ name, counts, total: sumOf(counts) }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total);
  const rest = routes.slice(maxRoutes);
  const others = trends.created.map((_, index) =>
    rest.reduce((sum, { counts }) => sum + (counts[index] ?? 0), 0),
  );
  const shown = [
    ...routes.slice(0, maxRoutes),
    ...(rest.length > 0 ? [{ name: `${rest.length} more`, counts: others }] : []),
  ];
  return {
    title: "Requests per second",
    unit: "rate",
    isSparse: false,
    series: shown.map(({ name, counts }, index) => ({
      name,
      color: index + 1,
      values: ratesOf(trends, counts),
    })),
  };
}

/** isBlank says whether a plot has nothing to draw. */
export function isBlank({ series }: Plot): boolean {
  return series.every(({ values }) => values.every((value) => value === null));
}

/** worded formats a value of a plot for people; an unknown value is a dash. */
export function worded(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return "–";
  if (unit === "duration") return shortDuration(value);
  if (unit === "count") return value.toLocaleString("en");
  const digits = value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits })}/s`;
}

/**
 * The last step counts only as far as it has elapsed, but at least a quarter, so that a single request does not look
 * like many.
 */
function ratesOf({ from, at, step }: Trends, counts: readonly number[]): number[] {
  const last = counts.length - 1;
  const under = Math.max(step / 4, Date.parse(at) - (Date.parse(from) + last * step));
  return counts.map((count, index) => {
    return (1_000 * count) / (index === last ? Math.min(step, under) : step);
  });
}
