import { addTo, type Durations, durations, plusTiming, type Timing } from "./timing.ts";

/** Traffic counts requests and their latency by route pattern; counts from many places add up exactly. */
export type Traffic = Readonly<Record<string, RouteTraffic>>;

/**
 * RouteTraffic is what is counted of one route pattern. Latency is without the time for which a client
 * asked to wait.
 */
export interface RouteTraffic {
  readonly count: number;
  /** Answers by status, such as `{"200": 3}`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Latency by status. Older code keeps none, and drops what there is where it counts. */
  readonly took?: Readonly<Record<string, Timing>>;
  /** All latencies together, in milliseconds; as older code counted them, and reads them. */
  readonly total: number;
  /** How many took less than 1, 2, 4, … 2^16 ms and not less than the one before; the last is all above. Likewise. */
  readonly buckets: readonly number[];
}

const buckets = 18;

/** TrafficCount is Traffic that is being counted. */
export class TrafficCount {
  readonly #routes = new Map<string, Mutable>();

  /** add counts one more request; what it costs does not grow with what has been counted. */
  add(route: string, status: number, milliseconds: number): void {
    const traffic = this.#routes.get(route) ?? nothing();
    this.#routes.set(route, traffic);
    traffic.count += 1;
    traffic.statuses[status] = (traffic.statuses[status] ?? 0) + 1;
    traffic.total += milliseconds;
    const bucket = coarseOf(milliseconds);
    traffic.buckets[bucket] = (traffic.buckets[bucket] ?? 0) + 1;
    traffic.took[status] ??= durations();
    addTo(traffic.took[status], milliseconds);
  }

  /** traffic returns what has been counted. */
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

/** added returns the sum of two. */
export function added(a: Traffic, b: Traffic): Traffic {
  const sum: Record<string, RouteTraffic> = { ...a };
  for (const [route, traffic] of Object.entries(b)) sum[route] = plus(sum[route], traffic);
  return sum;
}

/** latencyOf is how long the requests of a route took, whatever their status. */
export function latencyOf({ took = {}, total, buckets: counts }: RouteTraffic): Timing {
  const all = Object.values(took);
  return all.length > 0 ? all.reduce(plusTiming) : { total, histogram: refined(counts) };
}

/** What older code has counted alone, as if all of a coarse bucket were in the last of its four. */
function refined(counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(counts.flatMap((count, index) => (count ? [[4 * index, count]] : [])));
}

function coarseOf(milliseconds: number): number {
  if (milliseconds < 1) return 0;
  return Math.min(buckets - 1, Math.floor(Math.log2(milliseconds)) + 1);
}

function plus(a: RouteTraffic | undefined, b: RouteTraffic): RouteTraffic {
  if (!a) return b;
  const statuses: Record<string, number> = { ...a.statuses };
  for (const [status, number] of Object.entries(b.statuses)) {
    statuses[status] = (statuses[status] ?? 0) + number;
  }
  const took: Record<string, Timing> = { ...a.took };
  for (const [status, timing] of Object.entries(b.took ?? {})) {
    took[status] = took[status] ? plusTiming(took[status], timing) : timing;
  }
  return {
    ...a,
    count: a.count + b.count,
    statuses,
    took,
    total: a.total + b.total,
    buckets: a.buckets.map((number, index) => number + (b.buckets[index] ?? 0)),
  };
}
