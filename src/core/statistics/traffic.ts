/**
 * Traffic counts requests and their latency by route pattern. Latencies fall into buckets that
 * double, so that counts from many places add up exactly and a quantile is within its bucket.
 */
export type Traffic = Readonly<Record<string, RouteTraffic>>;

/** RouteTraffic is what is counted of one route pattern. */
export interface RouteTraffic {
  readonly count: number;
  /** Answers by status, such as `{"200": 3}`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** All latencies together, in milliseconds. */
  readonly total: number;
  /** How many took less than 1, 2, 4, … 2^16 ms and not less than the one before; the last is all above. */
  readonly buckets: readonly number[];
}

const buckets = 18;

/** counted returns traffic with one more request in it. */
export function counted(
  traffic: Traffic,
  route: string,
  status: number,
  milliseconds: number,
): Traffic {
  const before = traffic[route];
  const counts = before?.buckets.slice() ?? new Array<number>(buckets).fill(0);
  const bucket = bucketOf(milliseconds);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
  const request = {
    count: (before?.count ?? 0) + 1,
    statuses: { ...before?.statuses, [status]: (before?.statuses[status] ?? 0) + 1 },
    total: (before?.total ?? 0) + milliseconds,
    buckets: counts,
  };
  return { ...traffic, [route]: request };
}

/** added returns the sum of two. */
export function added(a: Traffic, b: Traffic): Traffic {
  const sum: Record<string, RouteTraffic> = { ...a };
  for (const [route, traffic] of Object.entries(b)) sum[route] = plus(sum[route], traffic);
  return sum;
}

/**
 * quantile returns a latency in milliseconds that at least the share `q` of the requests stayed
 * below: the upper end of the bucket it falls into. The last bucket has none; 2^17 stands for it.
 */
export function quantile({ count, buckets: counts }: RouteTraffic, q: number): number {
  let seen = 0;
  for (const [index, number] of counts.entries()) {
    seen += number;
    if (seen >= q * count) return 2 ** index;
  }
  return 2 ** (buckets - 1);
}

function bucketOf(milliseconds: number): number {
  if (milliseconds < 1) return 0;
  return Math.min(buckets - 1, Math.floor(Math.log2(milliseconds)) + 1);
}

function plus(a: RouteTraffic | undefined, b: RouteTraffic): RouteTraffic {
  if (!a) return b;
  const statuses: Record<string, number> = { ...a.statuses };
  for (const [status, number] of Object.entries(b.statuses)) {
    statuses[status] = (statuses[status] ?? 0) + number;
  }
  return {
    count: a.count + b.count,
    statuses,
    total: a.total + b.total,
    buckets: a.buckets.map((number, index) => number + (b.buckets[index] ?? 0)),
  };
}
