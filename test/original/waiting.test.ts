import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { syncPreference } from "../../src/edge/reading/wait-preference.ts";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import { type Monitor, monitorOf, origin, problemOf } from "../edge/tenant.ts";
import { eventually } from "../eventually.ts";

freshTenant();

const urlOf = (query: string | Record<string, string>) =>
  new URL(`https://edge.test/?${new URLSearchParams(query)}`);

const hang = { kind: "simulate", input: { outcome: "hang" } };
/** Work that has not begun, so that its object has nothing to do and may sleep. */
const later = { ...hang, startAfter: "1h" };

describe("fault 2 of the original: without a wait a create is always 202 with Location, for 0 ms work too", () => {
  test("50 creates of work that takes no time", async () => {
    const responses = await Promise.all(
      Array.from({ length: 50 }, () => tenant.post({ kind: "echo", input: 1 })),
    );
    for (const response of responses) {
      const { id, status } = await monitorOf(response);
      expect([response.status, status]).toEqual([202, "running"]);
      expect(response.headers.get("location")).toBe(`${origin}/api/v1/operations/${id}/result`);
      expect(response.headers.get("operation-location")).toBe(`${origin}/api/v1/operations/${id}`);
    }
  });

  test("a create that is repeated after the work has ended", async () => {
    const call = { headers: { "idempotency-key": "again" } };
    await tenant.post({ kind: "echo" }, "?sync=true", call);
    const response = await tenant.post({ kind: "echo" }, "", call);
    expect([response.status, (await monitorOf(response)).status]).toEqual([202, "succeeded"]);
    expect(response.headers.get("location")).toContain("/result");
  });
});

describe("fault 3 of the original: sync waits, no longer than its timeout, and only while its client is there", () => {
  test("0 ms work is 200 with the result", async () => {
    const response = await tenant.post({ kind: "echo", input: { a: 1 } }, "?sync=true&timeout=30s");
    expect(response.status).toBe(200);
    expect(await monitorOf(response)).toMatchObject({ status: "succeeded", result: { a: 1 } });
  });

  test.each(["0", "1ms", "50ms", "1s100ms"])("longer work is 202 after %s", async (timeout) => {
    const response = await tenant.post(hang, `?sync=true&timeout=${timeout}`);
    expect([response.status, (await monitorOf(response)).status]).toEqual([202, "running"]);
  });

  test("a client that goes away drops its waiter and not the work", async () => {
    const client = new AbortController();
    const gone = tenant.post(hang, "?sync=true&timeout=50s", { signal: client.signal });
    await eventually(async () => expect((await tenant.stats()).waiters).toBe(1));
    client.abort();
    await gone;
    expect(await tenant.stats()).toMatchObject({ waiters: 0, attempts: 1 });
    const [id] = await tenant.ids();
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "running", version: 1 });
  });
});

describe("fault 4 of the original: timeout is a Go duration; empty or bad is 30 s; capped at 55 s", () => {
  test.each([
    ["300ms", 300],
    ["1.5s", 1_500],
    ["1m30s", 55_000],
    ["40s", 40_000],
    ["0", 0],
    ["0s", 0],
    ["", 30_000],
    ["soon", 30_000],
    ["-5s", 30_000],
    ["30", 30_000],
    ["1 s", 30_000],
    ["9999h", 55_000],
    ["1e3s", 30_000],
  ])("timeout=%s waits %i ms", (timeout, milliseconds) => {
    expect(syncPreference(urlOf({ sync: "true", timeout }))?.milliseconds).toBe(milliseconds);
  });

  test("no timeout is 30 s, and sync counts only as exactly true", () => {
    expect(syncPreference(urlOf("sync=true"))?.milliseconds).toBe(30_000);
    for (const sync of ["1", "TRUE", "True", "yes", "", "true "]) {
      expect(syncPreference(urlOf({ sync, timeout: "5s" }))).toBeUndefined();
    }
  });
});

describe("fault 5 of the original: failed work is a real 4xx in a sync answer, and reads as failed when polled", () => {
  test("424 with the operation, then 200 with the monitor", async () => {
    const input = { outcome: "fail", code: "out_of_stock", message: "None left" };
    const response = await tenant.post({ kind: "simulate", input }, "?sync=true");
    expect(response.status).toBe(424);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({
      detail: "None left",
      error: { code: "operation-failed", message: "None left" },
      operation: { status: "failed", error: { code: "out_of_stock", message: "None left" } },
    });
    const polled = await tenant.send(`/api/v1/operations/${problem.operation?.id}`);
    expect(polled.status).toBe(200);
    expect(await monitorOf(polled)).toEqual(problem.operation);
  });
});

describe("fault 15 of the original: waiters are told once, a late one at once, and they outlive hibernation", () => {
  test("1,000 waiters on one operation, its object evicted in between", async () => {
    const { id } = await tenant.create(later);
    const told: Monitor[] = [];
    const waits = Array.from({ length: 1_000 }, async () => {
      told.push(await tenant.get(`/operations/${id}?wait=50s`));
    });
    await eventually(async () => expect((await tenant.stats()).waiters).toBe(1_000));
    await evictDurableObject(tenant.object());
    expect(told).toEqual([]);

    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await Promise.all(waits);
    expect(told).toHaveLength(1_000);
    expect(new Set(told.map(({ status, version }) => `${status} ${version}`))).toEqual(
      new Set(["canceled 2"]),
    );
    expect((await tenant.stats()).waiters).toBe(0);

    expect(await tenant.get(`/operations/${id}?wait=50s`)).toMatchObject({ status: "canceled" });
  });

  test("each of 200 sockets hears the present state and the last one, once", async () => {
    const { id } = await tenant.create(later);
    const heard = await Promise.all(Array.from({ length: 200 }, () => listen(id)));
    await evictDurableObject(tenant.object());
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await Promise.all(heard.map(({ closed }) => closed));
    const frames = new Set(heard.map(({ statuses }) => statuses.join(" ")));
    expect(frames).toEqual(new Set(["pending canceled"]));
  });

  async function listen(id: string): Promise<{ statuses: string[]; closed: Promise<void> }> {
    const query = new URLSearchParams({ id, until: String(Date.now() + 50_000) });
    const headers = { upgrade: "websocket" };
    const { webSocket } = await tenant.object().fetch(`https://object/?${query}`, { headers });
    const statuses: string[] = [];
    const closed = new Promise<void>((resolve) => {
      webSocket?.addEventListener("close", () => resolve());
    });
    webSocket?.addEventListener("message", ({ data }) => {
      statuses.push((JSON.parse(String(data)) as { op: Monitor }).op.status);
    });
    webSocket?.accept();
    return { statuses, closed };
  }
});
