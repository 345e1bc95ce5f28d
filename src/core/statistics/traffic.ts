import { addTo, type Durations, durations, plusTiming, type Timing } from "./timing.ts";

/** Traffic counts requests and their latency by route pattern; counts from several places add up exactly. */
export type Traffic = Readonly<Record<string, RouteTraffic>>;

/** RouteTraffic are the counts of one route pattern. Latency excludes the time that clients asked to wait. */
export interface RouteTraffic {
  readonly count: number;
  /** Responses by status, such as `{"200": 3}`; see `nameOf`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Latency by status. Older code does not count it, and drops it when it counts. */
  readonly took?: Readonly<Record<string, Timing>>;
  /** The sum of all latencies, in milliseconds; older code counts and reads only this and `buckets`. */
  readonly total: number;
  /**
   * How many took less than 1, 2, 4, … 2^16 ms, and not less than the previous one; the last bucket is for all longer
   * ones.
   */
  readonly buckets: readonly number[];
}

const buckets = 18;

/** The statuses of this service's own responses. */
const named = new Set([
  ...[101, 200, 201, 202, 204, 206, 302, 304],
  ...[400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 416, 422, 424, 429, 499],
  ...[500, 501, 502, 503, 504],
]);

/**
 * nameOf returns the name that a status is counted under: its own number, or its class, such as `4xx`, for statuses
 * that occur only in replayed responses of upstreams, which may choose any.
 */
function nameOf(status: number | string): string {
  return named.has(Number(status)) ? String(status) : `${String(status).charAt(0)}xx`;
}

/** TrafficCount is Traffic that is still counting. */
export class TrafficCount {
  readonly #routes = new Map<string, Mutable>();

  /** add counts a request, in constant time. */
  add(route: string, status: number, milliseconds: number): void {
    const traffic = this.#routes.get(route) ?? nothing();
    this.#routes.set(route, traffic);
    const name = nameOf(status);
    traffic.count += 1;
    traffic.statuses[name] = (traffic.statuses[name] ?? 0) + 1;
    traffic.total += milliseconds;
    const bucket = coarseOf(milliseconds);
    traffic.buckets[bucket] = (traffic.buckets[bucket] ?? 0) + 1;
    traffic.took[name] ??= durations();
    addTo(traffic.took[name], milliseconds);
  }

  /** traffic returns the counts so far. */
  traffic(): Traffic {
    return Object.fromEntries(this.#routes);
  }
}

interface Mutable {
  count: number;
  readonly statuses: Record<string, number>;
  readonly took: Record<string, Durations>;
  total: number;
  readonly buckets: number[];
}

function nothing(): Mutable {
  const counts = new Array<number>(buckets).fill(0);
  return { count: 0, statuses: {}, took: {}, total: 0, buckets: counts };
}

/** added returns the sum of two. Statuses that older code counted are converted to the current names. */
export function added(a: Traffic, b: Traffic): Traffic {
  const sum: Record<string, RouteTraffic> = {};
  for (const [route, traffic] of [...Object.entries(a), ...Object.entries(b)]) {
    sum[route] = plus(sum[route], traffic);
  }
  return sum;
}

/** latencyOf returns how long the requests of a route took, across all statuses. */
export function latencyOf({ took = {}, total, buckets: counts }: RouteTraffic): Timing {
  const all = Object.values(took);
  return all.length > 0 ? all.reduce(plusTiming) : { total, histogram: refined(counts) };
}

/** Converts the counts of older code, as if each coarse bucket were the last of its four. */
function refined(counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(counts.flatMap((count, index) => (count ? [[4 * index, count]] : [])));
}

function coarseOf(milliseconds: number): number {
  if (milliseconds < 1) return 0;
  return Math.min(buckets - 1, Math.floor(Math.log2(milliseconds)) + 1);
}

function plus(a: RouteTraffic | undefined, b: RouteTraffic): RouteTraffic {
  const statuses = folded(a?.statuses, b.statuses, (x, y) => x + y);
  const took = folded(a?.took, b.took, plusTiming);
  if (!a) return { ...b, statuses, ...(b.took && { took }) };
  return {
    ...a,
    count: a.count + b.count,
    statuses,
    took,
    total: a.total + b.total,
    buckets: a.buckets.map((number, index) => number + (b.buckets[index] ?? 0)),
  };
}

/** Adds counts by status to those under the current names. */
function folded<T>(
  a: Readonly<Record<string, T>> = {},
  b: Readonly<Record<string, T>> = {},
  add: (x: T, y: T) => T,
): Readonly<Record<string, T>> {
  const sum = { ...a };
  for (const [status, value] of Object.entries(b)) {
    const name = nameOf(status);
    const before = sum[name];
    sum[name] = before === undefined ? value : add(before, value);
  }
  return sum;
}
