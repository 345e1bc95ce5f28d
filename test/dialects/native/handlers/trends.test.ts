import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Trends } from "../../../../src/core/statistics/trends.ts";
import { OperationsObject } from "../../../../src/object/operations-object.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, Tenant } from "../../../edge/tenant.ts";

let tenant: Tenant;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2030-01-02T03:04:05.678Z") });
  tenant = await Tenant.make();
  captureLog();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const trendsOf = (of: Tenant, query = "", call: Call = {}) =>
  of.get<Trends>(`/trends${query}`, call);

const sum = (column: readonly (number | null)[] = []) =>
  column.reduce<number>((all, one) => all + (one ?? 0), 0);

const later = { kind: "simulate", input: {}, startAfter: "1h" };

describe("GET /trends", () => {
  test("holds the steps of few objects at once, and counts those of all", async () => {
    let asked = 0;
    let most = 0;
    let count = 0;
    vi.spyOn(OperationsObject.prototype, "trends").mockImplementation(async () => {
      asked += 1;
      count += 1;
      most = Math.max(most, asked);
      await scheduler.wait(1);
      asked -= 1;
      return Array.from({ length: 90 }, () => ({ level: { running: 1, waiting: 0 } }));
    });
    const trends = await trendsOf(tenant, "", { config: { SHARDS: "40" } });
    expect(trends.running.at(-1)).toBe(40);
    expect(count).toBe(40);
    expect(most).toBeLessThanOrEqual(32);
  });

  test("is zero for a tenant that has done nothing, with levels and times that nobody knows", async () => {
    const zeros = Array.from({ length: 90 }, () => 0);
    const nulls = zeros.map(() => null);
    expect(await trendsOf(tenant)).toEqual({
      range: "15m",
      from: "2030-01-02T02:49:10.000Z",
      to: "2030-01-02T03:04:10.000Z",
      at: "2030-01-02T03:04:05.678Z",
      step: 10_000,
      created: zeros,
      succeeded: zeros,
      failed: zeros,
      canceled: zeros,
      running: nulls,
      waiting: nulls,
      asking: nulls,
      parked: nulls,
      kinds: {},
      requests: {},
    });
  });

  test.each([
    ["", "15m", 10_000, 90],
    ["?range=15m", "15m", 10_000, 90],
    ["?range=24h", "24h", 300_000, 288],
  ])(
    "%s has every step of the last %s, the one under way included",
    async (query, range, step, steps) => {
      await tenant.post({ kind: "echo" }, "?sync=true");
      const trends = await trendsOf(tenant, query);
      expect(trends).toMatchObject({ range, step });
      const { from, to, at, created, succeeded, failed, canceled, running, waiting } = trends;
      const columns = [created, succeeded, failed, canceled, running, waiting];
      const { finished = [], p50 = [], p95 = [], p99 = [] } = trends.kinds.echo ?? {};
      for (const column of [
        ...columns,
        finished,
        p50,
        p95,
        p99,
        ...Object.values(trends.requests),
      ]) {
        expect(column).toHaveLength(steps);
      }
      expect(Date.parse(to) - Date.parse(from)).toBe(steps * step);
      expect(Date.parse(to)).toBeGreaterThan(Date.parse(at));
      expect([created, succeeded, finished].map((column) => column.at(-1))).toEqual([1, 1, 1]);
      expect([running, waiting].map((column) => column.at(-1))).toEqual([0, 0]);
      expect(trends.requests["/api/v1/operations"]?.at(-1)).toBe(1);
    },
  );

  test("adds up all objects", async () => {
    const shards = { config: { SHARDS: "4" } };
    await Promise.all([
      ...Array.from({ length: 9 }, () => tenant.post({ kind: "echo" }, "?sync=true", shards)),
      ...Array.from({ length: 7 }, () => tenant.post(later, "", shards)),
    ]);
    const trends = await trendsOf(tenant, "", shards);
    expect([sum(trends.created), sum(trends.succeeded)]).toEqual([16, 9]);
    expect([trends.running.at(-1), trends.waiting.at(-1)]).toEqual([0, 7]);
    expect(sum(trends.kinds.echo?.finished)).toBe(9);
    expect(sum(trends.requests["/api/v1/operations"])).toBe(16);
  });

  test("has what happened in the step in which it did", async () => {
    await tenant.post(later);
    vi.setSystemTime(Date.now() + 60_000);
    const { id } = await tenant.create(later);
    vi.setSystemTime(Date.now() + 20_000);
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    const { created, canceled, waiting, kinds, requests } = await trendsOf(tenant);
    expect(created.slice(-9)).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(canceled.slice(-9)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(waiting.slice(-10)).toEqual([null, 1, 1, 1, 1, 1, 1, 2, 2, 1]);
    expect(kinds.simulate?.p50.slice(-2)).toEqual([null, expect.any(Number)]);
    // 20 s, and at most a fifth more.
    expect(kinds.simulate?.p99.at(-1)).toBeGreaterThanOrEqual(20_000);
    expect(kinds.simulate?.p99.at(-1)).toBeLessThanOrEqual(24_000);
    expect(requests["/api/v1/operations"]?.slice(-9)).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(requests["/api/v1/operations/{id}:cancel"]?.at(-1)).toBe(1);
  });

  test("is exact under 200 requests at once, each counted under its pattern", async () => {
    await Promise.all([
      ...Array.from({ length: 100 }, () =>
        tenant.send(`/api/v1/operations/${crypto.randomUUID()}`),
      ),
      ...Array.from({ length: 100 }, () => tenant.send(`/api/v1/${crypto.randomUUID()}`)),
    ]);
    const { requests } = await trendsOf(tenant);
    expect(Object.entries(requests).map(([route, column]) => [route, sum(column)])).toEqual([
      ["/api/v1/operations/{id}", 100],
      ["unmatched", 100],
    ]);
  });

  test("shows a tenant nothing of another's", async () => {
    const other = await Tenant.make();
    await tenant.post({ kind: "echo" }, "?sync=true");
    const theirs = await trendsOf(other);
    expect([sum(theirs.created), theirs.kinds, theirs.requests]).toEqual([0, {}, {}]);
    expect(sum((await trendsOf(tenant)).created)).toBe(1);
  });

  test("needs the scope read", async () => {
    const worker = await Tenant.make(["work"]);
    await expectProblem(await worker.send("/api/v1/trends"), "forbidden");
  });

  test.each(["1h", "", "15M", "15m ", "toString", "__proto__", "<b>"])(
    "a range %j is refused, and named",
    async (range) => {
      const path = `/api/v1/trends?range=${encodeURIComponent(range)}`;
      const problem = await expectProblem(await tenant.send(path), "validation-failed");
      expect(problem.errors).toEqual([
        { path: "range", message: `must be 15m or 24h, not ${JSON.stringify(range)}` },
      ]);
    },
  );

  test("other methods are refused", async () => {
    const response = await tenant.send("/api/v1/trends", { method: "POST" });
    await expectProblem(response, "method-not-allowed");
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });
});
