import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { builtIn } from "../../../../src/kinds/index.ts";
import type { OperationContext } from "../../../../src/kinds/kind.ts";
import { freshTenant, log, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, type Monitor, monitorOf } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

freshTenant();

const echo = { kind: "echo", input: 1 };
const hang = { kind: "simulate", input: { outcome: "hang" } };
const later = { ...hang, startAfter: "1h" };
const prefer = (text: string): Call => ({ headers: { prefer: text } });

/** Replaces the work of echo by what `step` does with it, each time that it is called. */
function stepwise(): { step: (take: (op: OperationContext) => Promise<unknown>) => void } {
  const steps: ((op: OperationContext) => Promise<unknown>)[] = [];
  vi.spyOn(builtIn.echo, "run").mockImplementation(async (_, op) => {
    for (;;) {
      const next = steps.shift();
      if (!next) await scheduler.wait(5);
      else {
        const result = await next(op);
        if (result !== undefined) return result;
      }
    }
  });
  return { step: (take) => void steps.push(take) };
}

/** Resolves when as many wait for this tenant's operations. */
async function waiters(count: number): Promise<void> {
  await eventually(async () => expect((await tenant.stats()).waiters).toBe(count));
}

describe("POST /operations", () => {
  test("Prefer: wait is 200 with what finishes in time, and says so", async () => {
    const response = await tenant.post(echo, "", prefer("wait=30"));
    expect(response.status).toBe(200);
    expect(response.headers.get("preference-applied")).toBe("wait=30");
    const { id, status, result } = await monitorOf(response);
    expect([status, result]).toEqual(["succeeded", 1]);
    expect(response.headers.get("operation-location")).toContain(id);
    expect(response.headers.get("etag")).toBe('"2"');
    expect(response.headers.has("retry-after")).toBe(false);
  });

  test("Prefer: wait is 202 with what does not, and Retry-After", async () => {
    const response = await tenant.post(hang, "", prefer("wait=1"));
    expect(response.status).toBe(202);
    expect(response.headers.get("preference-applied")).toBe("wait=1");
    expect(response.headers.get("retry-after")).toBe("1");
    expect(response.headers.get("content-location")).toBe(
      response.headers.get("operation-location"),
    );
  });

  test("Prefer: respond-async alone is 202 at once; with wait, 202 only if that passes", async () => {
    const alone = await tenant.post(echo, "", prefer("respond-async"));
    expect([alone.status, alone.headers.get("preference-applied")]).toEqual([202, "respond-async"]);
    const fast = await tenant.post(echo, "", prefer("respond-async, wait=20"));
    expect([fast.status, fast.headers.get("preference-applied")]).toEqual([200, "wait=20"]);
    const slow = await tenant.post(hang, "", prefer("respond-async, wait=1"));
    expect([slow.status, slow.headers.get("preference-applied")]).toEqual([202, "respond-async"]);
  });

  test("sync counts before Prefer, and only as exactly true", async () => {
    const sync = await tenant.post(echo, "?sync=true", prefer("respond-async"));
    expect([sync.status, sync.headers.has("preference-applied")]).toEqual([200, false]);
    for (const query of ["?sync=1", "?sync=TRUE&timeout=30s", "?timeout=30s"]) {
      expect((await tenant.post(echo, query)).status).toBe(202);
    }
    // A create reads no wait of its own, and says so.
    expect((await tenant.post(echo, "?wait=30s")).status).toBe(400);
  });

  test("a wait of nothing is 202, for work that is done too", async () => {
    const call = { headers: { "idempotency-key": "done" } };
    await tenant.post(echo, "?sync=true", call);
    for (const query of ["?sync=true&timeout=0", "?sync=true&timeout=0s", ""]) {
      expect((await tenant.post(echo, query, call)).status).toBe(202);
    }
    const zero = { headers: { ...call.headers, prefer: "wait=0" } };
    expect((await tenant.post(echo, "", zero)).status).toBe(202);
  });

  test("work that outlasts the object's own patience is waited for with a socket", async () => {
    const { step } = stepwise();
    const response = tenant.post(echo, "?sync=true&timeout=30s");
    await waiters(1);
    step(async () => "late");
    expect(await monitorOf(await response)).toMatchObject({ status: "succeeded", result: "late" });
    expect((await tenant.stats()).waiters).toBe(0);
  });

  test("work that has yet to start is waited for", async () => {
    const body = { ...echo, startAfter: "50ms" };
    const response = await tenant.post(body, "?sync=true&timeout=30s");
    expect([response.status, await monitorOf(response)]).toMatchObject([200, { attempt: 1 }]);
  });

  test.each([
    ["fail", "operation-failed", "failed"],
    ["canceled", "operation-canceled", "canceled"],
  ] as const)("work that ends as %s is 424 with the monitor", async (how, code, status) => {
    const body = how === "fail" ? { kind: "simulate", input: { outcome: how } } : later;
    const response = tenant.post(body, "?sync=true&timeout=30s");
    if (how === "canceled") {
      await waiters(1);
      const [id] = await tenant.ids();
      await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    }
    const { operation } = await expectProblem(await response, code);
    expect(operation).toMatchObject({ status });
    expect((await response).headers.get("operation-location")).toContain(operation?.id);
  });
});

describe("GET /operations/{id}", () => {
  test("answers at once without a wait, and when the operation ends with one", async () => {
    const { step } = stepwise();
    const { id } = await tenant.create(echo);
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "running" });
    const waiting = tenant.send(`/api/v1/operations/${id}`, prefer("wait=30"));
    await waiters(1);
    step((op) => op.progress(50, "half").then(() => undefined));
    step(async () => "done");
    const response = await waiting;
    expect([response.status, response.headers.get("preference-applied")]).toEqual([200, "wait=30"]);
    expect(await monitorOf(response)).toMatchObject({ status: "succeeded", percentComplete: 50 });
    const late = await tenant.send(`/api/v1/operations/${id}?wait=30s`);
    expect(late.headers.has("preference-applied")).toBe(false);
    expect(await monitorOf(late)).toMatchObject({ status: "succeeded" });
  });

  test("answers 200 with the monitor as it stands when the time is up", async () => {
    const { id } = await tenant.create(hang);
    for (const query of ["?wait=1ms", "?wait=300ms", "?wait=0"]) {
      const response = await tenant.send(`/api/v1/operations/${id}${query}`);
      expect([response.status, await monitorOf(response)]).toMatchObject([
        200,
        { status: "running" },
      ]);
    }
    expect((await tenant.stats()).waiters).toBe(0);
  });

  test("tells of the progress that was made during the wait", async () => {
    const { step } = stepwise();
    const { id } = await tenant.create(echo);
    // Its time is up once there is progress, and not before: the test ends the timer of 50 s.
    const { setTimeout } = globalThis;
    let end = () => {};
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, after: number) => {
      if (after < 40_000 || after > 50_000) return setTimeout(act, after);
      end = act;
      return undefined;
    }) as never);
    const waiting = tenant.get(`/operations/${id}?wait=50s`);
    await waiters(1);
    step((op) => op.progress(70).then(() => undefined));
    await eventually(async () => {
      expect((await tenant.get<Monitor>(`/operations/${id}`)).version).toBe(2);
    });
    vi.setSystemTime(Date.now() + 50_000);
    end();
    expect(await waiting).toMatchObject({ status: "running", percentComplete: 70, version: 2 });
    step(async () => "done");
  });

  test("with If-None-Match answers at the next change of version", async () => {
    const { step } = stepwise();
    const { id } = await tenant.create(echo);
    for (const version of [1, 2, 3]) {
      const headers = { "if-none-match": version === 2 ? 'W/"2"' : `"${version}"` };
      const waiting = tenant.send(`/api/v1/operations/${id}?wait=30s`, { headers });
      await waiters(1);
      step(async (op) => (version === 3 ? "done" : void (await op.progress(version))));
      const response = await waiting;
      expect([response.status, response.headers.get("etag")]).toEqual([200, `"${version + 1}"`]);
      expect((await monitorOf(response)).version).toBe(version + 1);
    }
  });

  test("with If-None-Match answers 304 when there was no change, and at once when there was", async () => {
    const { id } = await tenant.create(hang);
    const call = (tag: string) => ({ headers: { "if-none-match": tag } });
    for (const query of ["", "?wait=50ms"]) {
      const same = await tenant.send(`/api/v1/operations/${id}${query}`, call('"1"'));
      expect([same.status, await same.text(), same.headers.get("etag")]).toEqual([304, "", '"1"']);
    }
    for (const query of ["", "?wait=50s"]) {
      const stale = await tenant.send(`/api/v1/operations/${id}${query}`, call('"0"'));
      expect([stale.status, (await monitorOf(stale)).version]).toEqual([200, 1]);
    }
  });

  test("never waits for a finished operation", async () => {
    const { id } = await tenant.create(echo, "?sync=true");
    for (const [tag, status] of [
      ['"2"', 304],
      ['"1"', 200],
      ['"9"', 200],
      ['"1", "2"', 304],
      ["*", 304],
      ["2", 200],
    ] as const) {
      const headers = { "if-none-match": tag };
      const response = await tenant.send(`/api/v1/operations/${id}?wait=50s`, { headers });
      expect([tag, response.status]).toEqual([tag, status]);
    }
  });

  test("never answers 304 unasked", async () => {
    const { id } = await tenant.create(hang);
    const modified = { "if-modified-since": new Date(Date.now() + 3_600_000).toUTCString() };
    for (const headers of [{}, modified]) {
      expect((await tenant.send(`/api/v1/operations/${id}?wait=20ms`, { headers })).status).toBe(
        200,
      );
    }
  });

  test("an operation that is not there is 404 without a wait", async () => {
    const { id } = await tenant.create(later);
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });
    const response = await tenant.send(`/api/v1/operations/${id}?wait=50s`);
    await expectProblem(response, "operation-not-found");
  });

  test("a client that goes away ends its own wait and no other", async () => {
    const { id } = await tenant.create(later);
    const client = new AbortController();
    const gone = tenant.send(`/api/v1/operations/${id}?wait=50s`, { signal: client.signal });
    const stays = tenant.get<Monitor>(`/operations/${id}?wait=50s`);
    await waiters(2);
    client.abort();
    expect((await monitorOf(await gone)).status).toBe("pending");
    await waiters(1);
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    expect((await stays).status).toBe("canceled");
  });

  test("a client that has gone already does not wait at all", async () => {
    const { id } = await tenant.create(later);
    const signal = AbortSignal.abort();
    await tenant.send(`/api/v1/operations/${id}?wait=50s`, { signal }).catch(() => undefined);
    expect((await tenant.stats()).waiters).toBe(0);
  });
});

test("a create whose object restarts under it is 503, no bug, and the operation is made again", async () => {
  const waiting = tenant.post(hang, "?sync=true&timeout=50s");
  await eventually(async () => expect(await tenant.ids()).toHaveLength(1));
  const reset = runInDurableObject(tenant.object(), (_, state) => state.abort("a new deploy"));
  await expect(reset).rejects.toThrow("a new deploy");
  await expectProblem(await waiting, "unavailable");
  expect(log.lines().filter((line) => "stack" in line)).toEqual([]);
  const [id] = await tenant.ids();
  expect(await tenant.get(`/operations/${id}`)).toMatchObject({
    status: "pending",
    statusMessage: "Attempt 1 was lost when its object restarted",
  });
});

test("startAt is when it starts, to the millisecond, and pending operations show it, the next try too", async () => {
  const startAt = new Date(Date.now() + 600_000).toISOString();
  const timed = await tenant.create({ kind: "echo", startAt, priority: 0 });
  expect(timed).toMatchObject({ status: "pending", startAt, priority: 0 });
  expect(Date.parse(timed.deadlineAt)).toBe(Date.parse(startAt) + 900_000);
  const past = await tenant.create({ kind: "echo", startAt: "2014-06-23T00:00:00Z" }, "?sync=true");
  expect(past).toMatchObject({ status: "succeeded", attempt: 1 });
  expect(past).not.toHaveProperty("priority");
  const retry = { maxAttempts: 0, initialInterval: "1m", maximumInterval: "1h" };
  const { id } = await tenant.create({ kind: "simulate", input: { outcome: "fail" }, retry });
  await eventually(async () => {
    const again = await tenant.get<{ startAt?: string }>(`/operations/${id}`);
    const wait = Date.parse(again.startAt ?? "") - Date.now();
    expect(wait).toBeGreaterThan(20_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });
});
