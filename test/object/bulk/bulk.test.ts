import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BulkOrder, BulkPage } from "../../../src/core/bulk.ts";
import { IdSource, idAt, parseId } from "../../../src/core/id.ts";
import { command, operationsOf } from "../commands.ts";

const later = command({ startAfter: 3_600_000 });
const everything = { statuses: [], kinds: [], labels: [] };
const zero = { matched: 0, done: 0, skipped: 0, failed: 0 };

/** The id of an operation of kind bulk that is made by another shard, now. */
const idNow = () =>
  new IdSource(9, (bytes) => crypto.getRandomValues(bytes)).next(Date.now() + 1_000);

const order = (more: Partial<BulkOrder> = {}): BulkOrder => ({
  id: idNow(),
  action: "cancel",
  query: everything,
  until: Date.now() + 60_000,
  ...more,
});

/** Goes on to the end, and answers every page. */
async function through(tenant: string, asked: BulkOrder): Promise<BulkPage[]> {
  const pages: BulkPage[] = [];
  do pages.push(await operationsOf(tenant).bulk(asked));
  while (!pages.at(-1)?.state.isOver && pages.length < 50);
  return pages;
}

const make = (tenant: string, count: number, what = later) =>
  operationsOf(tenant).createMany(Array.from({ length: count }, () => what));

const states = (tenant: string) =>
  runInDurableObject(operationsOf(tenant), (_, { storage }) =>
    storage.sql.exec<{ id: string }>("SELECT id FROM bulk ORDER BY id").toArray(),
  ).then((rows) => rows.map(({ id }) => id));

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Bulk", () => {
  it("goes through a shard in pages, and says how far it is", async () => {
    await make("pages", 1_100);
    const pages = await through("pages", order());
    expect(pages.map(({ state }) => state.done)).toEqual([500, 1_000, 1_100]);
    const parts = pages.map(({ part }) => part);
    expect(parts.at(-1)).toBe(1);
    expect([...parts].sort((a, b) => a - b)).toEqual(parts);
  });

  it("writes nothing in a shard that has nothing", async () => {
    const [page] = await through("none", order());
    expect(page).toEqual({ state: { ...zero, after: "", isOver: true }, part: 1 });
    await runInDurableObject(operationsOf("none"), (_, { storage }) => {
      expect(storage.sql.databaseSize).toBeLessThanOrEqual(4_096);
    });
  });

  it("goes past rows that its filter does not let through, however many", async () => {
    await make("rare", 2_500);
    await make("rare", 1, { ...later, labels: { rare: "yes" } });
    const query = { ...everything, labels: [["rare", "yes"]] as const };
    const pages = await through("rare", order({ query }));
    expect(pages.at(-1)?.state).toMatchObject({ matched: 1, done: 1 });
    expect(pages.length).toBeGreaterThan(1);
  });

  it("leaves what is as new as itself, of its kind, or outside of its times", async () => {
    await make("new", 3);
    const replies = await make("new", 2, { ...later, kind: "bulk" });
    const id = replies[0]?.error ? "" : (replies[0]?.op.id ?? "");
    const time = parseId(id)?.time ?? 0;
    const early = await through(
      "new",
      order({ query: { ...everything, to: idAt(time - 60_000) } }),
    );
    expect(early.at(-1)?.state).toMatchObject(zero);
    const own = await through("new", order({ id: idAt(time - 60_000) }));
    expect(own.at(-1)?.state).toMatchObject(zero);
    const all = await through("new", order());
    expect(all.at(-1)?.state).toMatchObject({ matched: 3, done: 3 });
  });

  it("takes a step from where it stands alone", async () => {
    await make("step", 3);
    const asked = order({ action: "rerun" });
    const made = {
      matched: 2,
      done: 1,
      skipped: 1,
      failed: 0,
      from: "",
      after: "b",
      isOver: false,
    };
    const object = operationsOf("step");
    expect((await object.bulk({ ...asked, made })).state).toMatchObject({ matched: 2, after: "b" });
    // An attempt that was taken for lost says the same once more.
    expect((await object.bulk({ ...asked, made })).state).toMatchObject({ matched: 2, after: "b" });
  });

  it("two at once do what one does", async () => {
    await make("twice", 400);
    const asked = order();
    const both = await Promise.all([through("twice", asked), through("twice", asked)]);
    const last = await operationsOf("twice").bulk(asked);
    expect(last.state).toMatchObject({ matched: 400, done: 400 });
    for (const pages of both) expect(pages.at(-1)?.state.isOver).toBe(true);
  });

  it("counts one that throws as failed, and goes on", async () => {
    const replies = await make("broken", 3);
    const broken = replies[1]?.error ? "" : (replies[1]?.op.id ?? "");
    await runInDurableObject(operationsOf("broken"), (_, { storage }) => {
      storage.sql.exec("UPDATE operations SET doc = 'broken' WHERE id = ?", broken);
    });
    const pages = await through("broken", order());
    expect(pages.at(-1)?.state).toMatchObject({ matched: 3, done: 2, failed: 1 });
  });

  it("forgets those whose time is over, once there is another", async () => {
    await make("old", 2);
    const past = order({ until: Date.now() - 1, query: { ...everything, to: "z" } });
    await through("old", past);
    expect(await states("old")).toEqual([past.id]);
    await make("old", 2);
    const next = order();
    await through("old", next);
    expect(await states("old")).toEqual([next.id]);
  });

  it("only counts where that is asked for", async () => {
    await make("dry", 30);
    const pages = await through("dry", order({ dryRun: true }));
    expect(pages.at(-1)?.state).toMatchObject({ matched: 30, done: 30 });
    const again = await through("dry", order());
    expect(again.at(-1)?.state).toMatchObject({ matched: 30, done: 30 });
  });
});
