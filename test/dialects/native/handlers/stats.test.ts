import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { freshTenant, log, tenant } from "../../../edge/fresh-tenant.ts";
import { send, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

freshTenant();

const later = { kind: "simulate", input: {}, startAfter: "1h" };

describe("GET /stats", () => {
  test("is empty for a tenant that has done nothing, but for this request the next time", async () => {
    expect(await tenant.stats()).toEqual({
      operations: { total: 0, byStatus: {}, byKind: {} },
      attempts: 0,
      waiters: 0,
      kinds: {},
      spans: { exported: 0, dropped: 0 },
      requests: {},
    });
    const { requests } = await tenant.stats();
    expect(Object.keys(requests)).toEqual(["/api/v1/stats"]);
    expect(requests["/api/v1/stats"]).toEqual({
      count: 1,
      statuses: { 200: 1 },
      latency: {
        mean: expect.any(Number),
        p50: expect.any(Number),
        p95: expect.any(Number),
        p99: expect.any(Number),
      },
    });
  });

  test("counts operations by status and kind, over all objects", async () => {
    const shards = { config: { SHARDS: "4" } };
    await Promise.all([
      ...Array.from({ length: 5 }, () => tenant.post({ kind: "echo" }, "?sync=true", shards)),
      ...Array.from({ length: 4 }, () => tenant.post(later, "", shards)),
      tenant.post({ kind: "simulate", input: { outcome: "fail" } }, "?sync=true", shards),
    ]);
    expect((await tenant.stats(shards)).operations).toEqual({
      total: 10,
      byStatus: { succeeded: 5, pending: 4, failed: 1 },
      byKind: { echo: { succeeded: 5 }, simulate: { pending: 4, failed: 1 } },
    });
  });

  test("counts operations of a kind that is called as a member of every object is", async () => {
    const on = { config: { EXTERNAL_KINDS: "constructor" } };
    await tenant.post({ kind: "constructor" }, "", on);
    for (let n = 0; n < 2; n++) {
      const { operations, kinds } = await tenant.stats(on);
      expect(JSON.stringify(operations.byKind)).toBe('{"constructor":{"pending":1}}');
      expect(Object.keys(kinds)).toEqual(["constructor"]);
    }
    expect(Object).not.toHaveProperty("pending");
  });

  test("counts attempts at work and those who wait", async () => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    const waiting = tenant.get(`/operations/${id}?wait=50s`);
    await eventually(async () =>
      expect(await tenant.stats()).toMatchObject({ attempts: 1, waiters: 1 }),
    );
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await waiting;
    expect(await tenant.stats()).toMatchObject({ attempts: 0, waiters: 0 });
  });

  test("keeps what it has counted when the object restarts", async () => {
    for (let n = 0; n < 3; n++) await tenant.send("/api/v1/kinds");
    await tenant.stats();
    await abortAllDurableObjects();
    await tenant.send("/api/v1/kinds");
    const { requests } = await tenant.stats();
    expect(requests["/api/v1/kinds"]).toMatchObject({ count: 4, statuses: { 200: 4 } });
  });

  test("tells of each kind what runs, asks, is parked and waits, and how long it took", async () => {
    const shards = { config: { SHARDS: "4" } };
    const { id } = await tenant.create(
      { kind: "simulate", input: { outcome: "hang" } },
      "",
      shards,
    );
    await Promise.all(
      Array.from({ length: 5 }, () => tenant.post({ kind: "echo" }, "?sync=true", shards)),
    );
    const { kinds } = await tenant.stats(shards);
    const none = { paused: false, running: 0, waiting: 0, asking: 0, parked: 0 };
    const spread = { mean: expect.any(Number), p50: expect.any(Number), p95: expect.any(Number) };
    const times = { ...spread, p99: expect.any(Number) };
    expect(kinds).toEqual({
      echo: { ...none, toStart: times, toFinish: times },
      simulate: { ...none, running: 1, toStart: times },
    });
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
  });

  describe("counts a request without the time that the client asked to wait", () => {
    const latency = async (route: string) => (await tenant.stats()).requests[route]?.latency;
    const hang = { kind: "simulate", input: { outcome: "hang" } };
    const cancel = (id: string) =>
      tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    const someoneWaits = () =>
      eventually(async () => expect((await tenant.stats()).waiters).toBe(1));

    test("for the end of an operation", async () => {
      const { id } = await tenant.create(hang);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      const waiting = tenant.get(`/operations/${id}?wait=50s`);
      await someoneWaits();
      vi.setSystemTime(Date.now() + 3_000);
      await cancel(id);
      await waiting;
      expect((await latency("/api/v1/operations/{id}"))?.p99).toBeLessThan(1_000);
    });

    test("for the end of what it creates, in the object and on a socket", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      const waiting = tenant.post(hang, "?sync=true&timeout=50s");
      await someoneWaits();
      vi.setSystemTime(Date.now() + 3_000);
      await cancel((await tenant.ids())[0] ?? "");
      await waiting;
      const quick = tenant.post(hang, "?sync=true&timeout=50s");
      await eventually(async () => expect(await tenant.ids("?status=running")).toHaveLength(1));
      vi.setSystemTime(Date.now() + 900);
      await cancel((await tenant.ids("?status=running"))[0] ?? "");
      await quick;
      const { mean = 0, p99 } = (await latency("/api/v1/operations")) ?? {};
      expect(p99).toBeLessThan(800);
      expect(mean).toBeLessThan(400);
    });

    test("for something to claim", async () => {
      const worker = await Tenant.make(["read", "write", "work"], tenant.name);
      const config = { EXTERNAL_KINDS: "resize" };
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      const claimed = worker.send("/api/v1/operations:claim", {
        method: "POST",
        json: { kinds: ["resize"] },
        headers: { prefer: "wait=50" },
        config,
      });
      await someoneWaits();
      vi.setSystemTime(Date.now() + 3_000);
      await tenant.post({ kind: "resize" }, "", { config });
      expect((await claimed).status).toBe(200);
      expect((await latency("/api/v1/operations:claim"))?.p99).toBeLessThan(1_000);
    });

    test("and its line of the log tells both", async () => {
      const { id } = await tenant.create(hang);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      const waiting = tenant.get(`/operations/${id}?wait=50s`);
      await someoneWaits();
      vi.setSystemTime(Date.now() + 3_000);
      await cancel(id);
      await waiting;
      const lines = log.requests().filter(({ route }) => route === "/api/v1/operations/{id}");
      expect(lines.at(-1)).toMatchObject({ waited: expect.any(Number) });
      expect(lines.at(-1)?.waited).toBeGreaterThanOrEqual(3_000);
      expect(lines.at(-1)?.latency).toBeGreaterThanOrEqual(3_000);
    });
  });

  test("counts each tenant's requests by itself, and nobody's who was not let in", async () => {
    const other = await Tenant.make();
    await tenant.send("/api/v1/kinds");
    await other.send("/api/v1/kinds");
    await send("/api/v1/kinds");
    await tenant.send("/api/v1/kinds", { headers: { authorization: "Bearer wrong" } });
    expect((await tenant.stats()).requests["/api/v1/kinds"]?.count).toBe(1);
    expect((await other.stats()).requests["/api/v1/kinds"]?.count).toBe(1);
  });

  test("has quantiles in order, and a mean between nothing and the largest", async () => {
    await Promise.all(Array.from({ length: 50 }, () => tenant.send("/api/v1/operations")));
    const { requests } = await tenant.stats();
    const { mean = -1, p50 = 0, p95 = 0, p99 = 0 } = requests["/api/v1/operations"]?.latency ?? {};
    expect([p50, p95, p99]).toEqual([p50, p95, p99].toSorted((a, b) => a - b));
    expect(mean).toBeGreaterThanOrEqual(0);
    expect(p50).toBeGreaterThanOrEqual(0);
  });
});
