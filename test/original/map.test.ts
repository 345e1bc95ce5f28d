import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import type { Monitor, Page } from "../edge/tenant.ts";

freshTenant({ clock: true });

const hang = { kind: "simulate", input: { outcome: "hang" } };

describe("fault 9 of the original: the list is in order of creation, and has pages", () => {
  test.each(["asc", "desc"])("25 operations in pages of 10, order=%s", async (order) => {
    const made: string[] = [];
    for (let n = 0; n < 25; n++) made.push((await tenant.create(hang)).id);
    if (order === "desc") made.reverse();
    const seen = await pages(`order=${order}&limit=10`);
    expect(seen.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(seen.flat()).toEqual(made);
    expect(await tenant.ids(`?order=${order}`)).toEqual(made);
  });

  test("what is created between two pages moves nothing", async () => {
    const before = await Promise.all(Array.from({ length: 6 }, () => tenant.create(hang)));
    const first = await tenant.get<Page>("/operations?limit=3");
    await tenant.create(hang);
    const second = await tenant.get<Page>(`/operations?limit=3&pageToken=${first.nextPageToken}`);
    const seen = [...first.operations, ...second.operations].map(({ id }) => id);
    expect(seen.toSorted()).toEqual(before.map(({ id }) => id).toSorted());
  });

  async function pages(query: string): Promise<string[][]> {
    const found: string[][] = [];
    let token: string | undefined;
    do {
      const next = token === undefined ? "" : `&pageToken=${token}`;
      const page = await tenant.get<Page>(`/operations?${query}${next}`);
      found.push(page.operations.map(({ id }) => id));
      token = page.nextPageToken;
    } while (token !== undefined);
    return found;
  }
});

describe("fault 12 of the original: create-then-get is never 404, at 32 at once", () => {
  test("32 loops of 5", async () => {
    const loops = Array.from({ length: 32 }, async () => {
      const statuses: number[] = [];
      for (let n = 0; n < 5; n++) {
        const { id } = await tenant.create({ kind: "echo" });
        statuses.push((await tenant.send(`/api/v1/operations/${id}`)).status);
      }
      return statuses;
    });
    expect(new Set((await Promise.all(loops)).flat())).toEqual(new Set([200]));
    expect((await tenant.stats()).operations.total).toBe(160);
  });
});

describe("fault 13 of the original: after a crash results are there, no id is used again, no work is stuck", () => {
  test("results, retries, interruptions and new ids", async () => {
    const done = await tenant.create({ kind: "echo", input: "kept" }, "?sync=true");
    const single = await tenant.create(hang);
    const retry = { maxAttempts: 2, initialInterval: "0s" };
    const twice = await tenant.create({ ...hang, retry });
    const before = await tenant.ids();

    await abortAllDurableObjects();
    expect(await tenant.get(`/operations/${done.id}`)).toEqual(done);
    const result = await tenant.send(`/api/v1/operations/${done.id}/result`);
    expect(await result.text()).toBe('"kept"');
    for (const { id } of [single, twice]) {
      expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "pending" });
    }
    vi.setSystemTime(Date.now() + 1_000);
    for (const { id } of [single, twice]) {
      const again = { status: "running", attempt: 2 };
      expect(await tenant.get(`/operations/${id}`)).toMatchObject(again);
    }

    vi.setSystemTime(Date.parse(done.createdAt) - 3_600_000);
    const after = await tenant.create({ kind: "echo" });
    expect(before).not.toContain(after.id);
    expect(after.id > (before.toSorted().at(-1) ?? "")).toBe(true);
  });

  test("nobody has to ask: the alarm has made again what was lost", async () => {
    const { id } = await tenant.create(hang);
    await abortAllDurableObjects();
    expect(await runDurableObjectAlarm(tenant.object())).toBe(true);
    expect(await onDisk(id)).toMatchObject({ status: "pending", interruptedInRow: 1 });
    vi.setSystemTime(Date.now() + 1_000);
    expect(await runDurableObjectAlarm(tenant.object())).toBe(true);
    expect(await onDisk(id)).toMatchObject({ status: "running", attempt: 2, resumed: 1 });
  });
});

describe("fault 14 of the original: expiry by alarm; a deadline ends stuck work; an empty map sets no alarm", () => {
  test("a finished operation is gone at its time for every reader, and then from disk", async () => {
    const { id, expiresAt = "" } = await tenant.create({ kind: "echo", ttl: "10m" }, "?sync=true");
    vi.setSystemTime(Date.parse(expiresAt) - 1);
    expect(await tenant.ids()).toEqual([id]);

    vi.setSystemTime(Date.parse(expiresAt));
    for (const path of [id, `${id}/result`]) {
      expect((await tenant.send(`/api/v1/operations/${path}`)).status).toBe(404);
    }
    expect(await tenant.ids()).toEqual([]);
    expect((await tenant.stats()).operations.total).toBe(0);

    // A reader makes up for an alarm that is late, beside what it reads.
    await runDurableObjectAlarm(tenant.object());
    expect(await onDisk(id)).toBeUndefined();
    expect(await alarm()).toBeNull();
  });

  test("stuck work ends at its deadline by alarm, with nobody asking", async () => {
    const { id, deadlineAt } = await tenant.create({ ...hang, deadline: "1m" });
    vi.setSystemTime(Date.parse(deadlineAt));
    await runDurableObjectAlarm(tenant.object());
    expect(await onDisk(id)).toMatchObject({
      status: "failed",
      error: { code: "deadline_exceeded" },
    });
    expect((await tenant.stats()).attempts).toBe(0);
  });

  test("a reader sees a missed deadline without any alarm, and a waiter is told", async () => {
    const { id, deadlineAt } = await tenant.create({ ...hang, deadline: "1m" });
    vi.setSystemTime(Date.parse(deadlineAt) - 1);
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "running" });
    vi.setSystemTime(Date.parse(deadlineAt));
    expect(await tenant.get(`/operations/${id}?wait=50s`)).toMatchObject({
      status: "failed",
      error: { code: "deadline_exceeded" },
    });
  });

  test("an unfinished operation never expires", async () => {
    const { id, deadlineAt } = await tenant.create({ ...hang, ttl: "1s", deadline: "2h" });
    vi.setSystemTime(Date.parse(deadlineAt) - 1);
    await runDurableObjectAlarm(tenant.object());
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "running" });
  });

  test("a map that was never written to has no alarm", async () => {
    expect(await tenant.ids()).toEqual([]);
    expect((await tenant.send("/api/v1/operations/none")).status).toBe(404);
    expect(await alarm()).toBeNull();
  });
});

function alarm(): Promise<number | null> {
  return runInDurableObject(tenant.object(), (_, { storage }) => storage.getAlarm());
}

/** The operation as it stands on disk, whatever a reader would see. */
function onDisk(id: string): Promise<Partial<Monitor> | undefined> {
  return runInDurableObject(tenant.object(), (_, { storage }) => {
    const rows = storage.sql.exec<{ doc: string }>("SELECT doc FROM operations WHERE id = ?", id);
    const doc = rows.toArray()[0]?.doc;
    return doc === undefined ? undefined : (JSON.parse(doc) as Partial<Monitor>);
  });
}
