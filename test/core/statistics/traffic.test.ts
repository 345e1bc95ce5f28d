import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errors } from "../../../src/core/errors.ts";
import { bucketOf as fineOf } from "../../../src/core/statistics/histogram.ts";
import { spreadOf } from "../../../src/core/statistics/timing.ts";
import {
  added,
  latencyOf,
  type RouteTraffic,
  type Traffic,
  TrafficCount,
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
  const count = new TrafficCount();
  for (const { route, status, milliseconds } of list) count.add(route, status, milliseconds);
  return count.traffic();
}

function latencies(milliseconds: readonly number[]): RouteTraffic {
  const all = traffic(milliseconds.map((ms) => ({ route: "r", status: 200, milliseconds: ms })));
  return all.r as RouteTraffic;
}

/** A request for each status that a played-back answer may have. */
const everyStatus: readonly Request[] = Array.from({ length: 400 }, (_, index) => ({
  route: "r",
  status: 200 + index,
  milliseconds: index,
}));

/** The bucket of a latency, by looking at each bound in turn. */
function bucketOf(milliseconds: number): number {
  for (let bucket = 0; bucket < 17; bucket++) if (milliseconds < 2 ** bucket) return bucket;
  return 17;
}

describe("TrafficCount", () => {
  test("counts a request in its route, by its status", () => {
    const bucket = (...filled: number[]) =>
      Array.from({ length: 18 }, (_, i) => filled.filter((f) => f === i).length);
    const count = new TrafficCount();
    expect(count.traffic()).toEqual({});
    count.add("/a", 200, 5);
    count.add("/a", 404, 1);
    expect(count.traffic()).toEqual({
      "/a": {
        count: 2,
        statuses: { 200: 1, 404: 1 },
        took: {
          200: { total: 5, histogram: { 10: 1 } },
          404: { total: 1, histogram: { 1: 1 } },
        },
        total: 6,
        buckets: bucket(3, 1),
      },
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
  ])("puts %d ms into the coarse bucket %i", (milliseconds, bucket) => {
    expect(latencies([milliseconds]).buckets.indexOf(1)).toBe(bucket);
  });

  test("counts the statuses that an upstream alone chooses by their class", () => {
    const all = traffic(everyStatus).r as RouteTraffic;
    const { statuses, took = {} } = all;
    expect(all.count).toBe(400);
    expect(Object.keys(statuses).length).toBeLessThanOrEqual(32);
    expect(Object.keys(took).sort()).toEqual(Object.keys(statuses).sort());
    expect(statuses).toMatchObject({ "2xx": 95, "3xx": 98, "4xx": 85, "5xx": 95, 404: 1 });
  });

  test.each(Object.entries(errors).map(([code, { status }]) => [status, code]))(
    "counts %i, which %s is answered with, by itself",
    (status) => {
      const found = traffic([{ route: "r", status, milliseconds: 1 }]).r;
      expect(found?.statuses).toEqual({ [status]: 1 });
    },
  );

  test("is exact: every request is in one count, one status, one bucket of each histogram and the total", () => {
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
          const took: Record<string, { total: number; histogram: Record<string, number> }> = {};
          for (const { status, milliseconds } of own) {
            took[status] ??= { total: 0, histogram: {} };
            const { histogram } = took[status];
            took[status].total += milliseconds;
            const fine = fineOf(milliseconds);
            histogram[fine] = (histogram[fine] ?? 0) + 1;
          }
          expect(found).toEqual({ count: own.length, statuses, took, total, buckets });
        }
      }),
      { seed: 17 },
    );
  });
});

describe("added", () => {
  test("what older code has counted by all statuses shrinks at the next sum, and loses nothing", () => {
    const each = everyStatus.map((one) => [one.status, traffic([{ ...one, status: 200 }]).r]);
    const large = {
      ...(each[0]?.[1] as RouteTraffic),
      count: 400,
      statuses: Object.fromEntries(each.map(([status]) => [status, 1])),
      took: Object.fromEntries(
        each.map(([status, found]) => [status, (found as RouteTraffic).took?.[200]]),
      ),
    } as RouteTraffic;
    const other = traffic([{ route: "other", status: 200, milliseconds: 1 }]);
    const { statuses, took } = traffic(everyStatus).r as RouteTraffic;
    for (const sum of [added({ r: large }, other), added(other, { r: large })]) {
      expect(sum.r).toMatchObject({ count: 400, statuses, took });
      expect(Object.keys(sum.r?.took ?? {}).length).toBeLessThanOrEqual(32);
    }
    expect(latencyOf(added({ r: large }, {}).r as RouteTraffic)).toEqual(latencyOf(large));
  });

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

describe("latencyOf", () => {
  test("quantiles are at least the true ones, and at most a fifth above, whatever the status", () => {
    const some = fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(some, (list) => {
        const sorted = [...list].sort((a, b) => a - b);
        const exact = (q: number) => sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
        const one: Request[] = list.map((milliseconds, index) => ({
          route: "unmatched",
          status: index % 2 ? 200 : 404,
          milliseconds,
        }));
        const found = spreadOf(latencyOf(traffic(one).unmatched as RouteTraffic));
        for (const [q, answer = Number.NaN] of [
          [0.5, found?.p50],
          [0.95, found?.p95],
          [0.99, found?.p99],
        ] as const) {
          expect(answer).toBeGreaterThanOrEqual(exact(q));
          expect(answer).toBeLessThanOrEqual(1.2 * exact(q));
        }
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  test("latencyOf is what older code has counted, where it alone has: within its coarse bucket", () => {
    const { took: _, ...older } = latencies([3, 3, 100]);
    expect(latencyOf(older)).toEqual({ total: 106, histogram: { 8: 2, 28: 1 } });
    expect(spreadOf(latencyOf(older))).toEqual({ mean: 35.33, p50: 3, p95: 127, p99: 127 });
  });

  test("latencyOf is what this code has counted, where older code has counted too", () => {
    const { took: _, ...older } = latencies([60_000]);
    const both = added({ r: older }, { r: latencies([5]) }).r as RouteTraffic;
    expect(both).toMatchObject({ count: 2, statuses: { 200: 2 }, total: 60_005 });
    expect(spreadOf(latencyOf(both))).toMatchObject({ mean: 5, p99: 5 });
  });
});
