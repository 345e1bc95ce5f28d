import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  added,
  counted,
  quantile,
  type RouteTraffic,
  type Traffic,
} from "../../../src/core/statistics/traffic.ts";

interface Request {
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}

const routes = ["unmatched", "/api/healthz", "/api/v1/operations/{id}"] as const;

const request: fc.Arbitrary<Request> = fc.record({
  route: fc.constantFrom(...routes),
  status: fc.constantFrom(200, 202, 404, 500),
  milliseconds: fc.oneof(fc.nat(20), fc.nat(1_000), fc.nat(10_000_000)),
});
const requests = fc.array(request, { maxLength: 40 });

function traffic(list: readonly Request[]): Traffic {
  return list.reduce<Traffic>(
    (sum, { route, status, milliseconds }) => counted(sum, route, status, milliseconds),
    {},
  );
}

function latencies(milliseconds: readonly number[]): RouteTraffic {
  const all = traffic(milliseconds.map((ms) => ({ route: "r", status: 200, milliseconds: ms })));
  return all.r as RouteTraffic;
}

/** The bucket of a latency, by looking at each bound in turn. */
function bucketOf(milliseconds: number): number {
  for (let bucket = 0; bucket < 17; bucket++) if (milliseconds < 2 ** bucket) return bucket;
  return 17;
}

describe("counted", () => {
  test("counted adds one request to its route, and leaves what it was given as it was", () => {
    const before: Traffic = Object.freeze({});
    const once = counted(before, "/a", 200, 5);
    const twice = counted(once, "/a", 404, 1);
    const bucket = (...filled: number[]) =>
      Array.from({ length: 18 }, (_, i) => filled.filter((f) => f === i).length);
    expect(before).toEqual({});
    expect(once).toEqual({
      "/a": { count: 1, statuses: { 200: 1 }, total: 5, buckets: bucket(3) },
    });
    expect(twice).toEqual({
      "/a": { count: 2, statuses: { 200: 1, 404: 1 }, total: 6, buckets: bucket(3, 1) },
    });
  });

  test.each([
    [-5, 0],
    [0, 0],
    [0.9, 0],
    [1, 1],
    [1.9, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [65_535, 16],
    [65_536, 17],
    [2 ** 40, 17],
  ])("counted puts %d ms into bucket %i", (milliseconds, bucket) => {
    expect(latencies([milliseconds]).buckets.indexOf(1)).toBe(bucket);
  });

  test("counted is exact: every request is in one count, one status, one bucket and the total", () => {
    fc.assert(
      fc.property(requests, (list) => {
        const sum = traffic(list);
        expect(Object.keys(sum).sort()).toEqual([...new Set(list.map((r) => r.route))].sort());
        for (const [route, found] of Object.entries(sum)) {
          const own = list.filter((r) => r.route === route);
          const statuses: Record<string, number> = {};
          const buckets = Array.from({ length: 18 }, () => 0);
          for (const { status, milliseconds } of own) {
            statuses[status] = (statuses[status] ?? 0) + 1;
            buckets[bucketOf(milliseconds)] = (buckets[bucketOf(milliseconds)] ?? 0) + 1;
          }
          const total = own.reduce((t, { milliseconds }) => t + milliseconds, 0);
          expect(found).toEqual({ count: own.length, statuses, total, buckets });
        }
      }),
      { seed: 17 },
    );
  });
});

describe("added", () => {
  test("added is exact: counted apart and added is counted together", () => {
    fc.assert(
      fc.property(requests, requests, (a, b) => {
        expect(added(traffic(a), traffic(b))).toEqual(traffic([...a, ...b]));
      }),
      { seed: 17 },
    );
  });

  test("added is associative and commutative, and nothing is its zero", () => {
    const some = requests.map(traffic);
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        expect(added(added(a, b), c)).toEqual(added(a, added(b, c)));
        expect(added(a, b)).toEqual(added(b, a));
        expect(added(a, {})).toEqual(a);
        expect(added({}, a)).toEqual(a);
      }),
      { seed: 17 },
    );
  });

  test("added leaves both as they were", () => {
    const a = traffic([{ route: "/a", status: 200, milliseconds: 1 }]);
    const b = traffic([{ route: "/a", status: 200, milliseconds: 3 }]);
    const before = JSON.stringify([a, b]);
    added(a, b);
    expect(JSON.stringify([a, b])).toBe(before);
  });
});

describe("quantile", () => {
  test("quantile lies above the true one, and at most twice as high, up to 2^16 ms", () => {
    const below = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(below, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (list, q) => {
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
        const answer = quantile(latencies(list), q);
        expect(answer).toBeGreaterThan(exact);
        expect(answer).toBeLessThanOrEqual(2 * exact);
      }),
      { seed: 17, numRuns: 500 },
    );
  });

  test("quantile of more requests than its buckets hold is the end of the last bucket", () => {
    expect(quantile({ ...latencies([1, 2]), count: 3 }, 1)).toBe(131_072);
  });

  test("quantile never falls as q rises", () => {
    const some = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 60 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(some, share, share, (list, a, b) => {
        const found = latencies(list);
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(quantile(found, low)).toBeLessThanOrEqual(quantile(found, high));
      }),
      { seed: 17 },
    );
  });

  test.each([
    [[0], 0.5, 1],
    [[1], 0.5, 2],
    [[1, 1, 1, 100], 0.75, 2],
    [[1, 1, 1, 100], 0.76, 128],
    [[65_535], 1, 65_536],
    [[65_536], 1, 131_072],
    [[10_000_000], 1, 131_072],
  ])("quantile of %j ms at %d is %d", (list, q, milliseconds) => {
    expect(quantile(latencies(list), q)).toBe(milliseconds);
  });
});
