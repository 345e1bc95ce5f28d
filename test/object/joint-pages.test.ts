import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { apply } from "../../src/core/operation/apply.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import type { ListQuery, Payload } from "../../src/core/reply.ts";
import { once } from "../../src/core/retry.ts";
import { Store } from "../../src/object/storage/store.ts";
import { operationsOf } from "./commands.ts";

const now = 1_795_000_000_000;
const ids = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));
const all: ListQuery = { statuses: [], kinds: [], labels: [], order: "asc", limit: 4 };
const plenty = { now, mostText: 8 * 1024 * 1024 };

function onStore(name: string, use: (store: Store, sql: SqlStorage) => void): Promise<void> {
  return runInDurableObject(operationsOf(`joint-${name}`), (_, { storage }) =>
    use(new Store(storage.sql), storage.sql),
  );
}

/** Stores an operation, finished if it has a result, and returns its ID. */
function add(
  store: Store,
  { result, metadata, ttl = 1_000 }: { result?: Payload; metadata?: string; ttl?: number } = {},
): string {
  const spec = { kind: "echo", ttl, deadline: 1_000, retry: once, labels: {}, id: ids.next(now) };
  const op = createOperation(metadata === undefined ? spec : { ...spec, metadata }, now);
  store.insert(op, "1");
  if (result === undefined) return op.id;
  const isText = typeof result === "string";
  const size = isText ? new TextEncoder().encode(result).byteLength : result.byteLength;
  const mediaType = isText ? "application/json" : "text/plain";
  const outcome = { type: "succeeded", result: { mediaType, size } } as const;
  store.put(apply(op, { type: "finish", attempt: 1, outcome, jitter: 0 }, now), result);
  return op.id;
}

/** Which of these queries are read together. Each of them is what `page` returns. */
function joint(store: Store, queries: readonly ListQuery[], at = plenty): number[] {
  const pages = store.jointPages(queries, at);
  return queries.flatMap((query, index) => {
    const page = pages[index];
    if (page === undefined) return [];
    expect(page).toEqual(store.page(query, at.now));
    return [index];
  });
}

test("jointPages are what page returns, in either order, with any range and limit", async () => {
  await onStore("same", (store) => {
    const results = [undefined, "null", '"é\\u001e€"', "[]", new ArrayBuffer(9)];
    const held = Array.from({ length: 12 }, (_, n) => {
      const result = results[n % results.length];
      return add(store, result === undefined ? {} : { result });
    });
    const queries = (["asc", "desc"] as const).flatMap((order) =>
      [1, 4, 11, 12, 13].flatMap((limit) =>
        [{}, { from: held[3] ?? "" }, { to: held[9] ?? "" }, { from: "~" }, { bytes: 1 }].map(
          (more): ListQuery => ({ ...all, order, limit, ...more }),
        ),
      ),
    );
    expect(joint(store, queries)).toEqual([...queries.keys()]);
  });
});

test("jointPages of an object without a map are empty", async () => {
  await onStore("none", (store) => {
    expect(joint(store, [all, all])).toEqual([0, 1]);
    expect(store.jointPages([all, all], plenty)[0]).toMatchObject({ ids: [] });
  });
});

test("jointPages leaves out a page that no other is like, and pages with a filter", async () => {
  await onStore("alone", (store) => {
    add(store);
    const filtered: ListQuery = { ...all, kinds: ["echo"] };
    const queries: ListQuery[] = [all, { ...all, limit: 5 }, filtered, filtered, all];
    expect(joint(store, queries)).toEqual([0, 4]);
  });
});

interface Large {
  readonly result?: string;
  readonly metadata?: string;
  /** What other code has stored in place of the result. */
  readonly stored?: string;
}

test.each<[string, Large]>([
  ["a large document", { metadata: `"${"x".repeat(9_000)}"` }],
  ["a large result of older code", { result: "[]", stored: `"${"x".repeat(9_000)}"` }],
  ["a result in chunks", { result: `"${"x".repeat(9_000)}"` }],
  ["the character that separates texts", { metadata: '"mark"', stored: "\u001e" }],
])("jointPages leaves out a page with %s, and no other", async (name, { stored, ...row }) => {
  await onStore(name, (store, sql) => {
    const before = Array.from({ length: 5 }, () => add(store));
    const id = add(store, row);
    if (stored !== undefined) sql.exec("UPDATE operations SET result = ? WHERE id = ?", stored, id);
    expect(joint(store, [all, { ...all, from: before[4] ?? "" }])).toEqual([0]);
  });
});

test("jointPages passes over expired operations, and leaves out a page that has others behind them", async () => {
  await onStore("expired", (store) => {
    const held = [1, 1, 1_000, 1, 1, 1_000].map((ttl) => add(store, { result: "1", ttl }));
    const later = { ...plenty, now: now + 10 };
    const from = (place: number): ListQuery => ({ ...all, from: held[place] ?? "" });
    expect(joint(store, [from(0), from(2), from(3)], later)).toEqual([1, 2]);
  });
});

test("jointPages reads long pages of operations that are not small", async () => {
  await onStore("long", (store) => {
    const metadata = JSON.stringify("x".repeat(1_000));
    for (let n = 0; n < 1_001; n++) add(store, { metadata });
    const first = add(store, { metadata: JSON.stringify("x".repeat(3_000)) });
    const long: ListQuery = { ...all, limit: 1_000 };
    expect(joint(store, [long, long])).toEqual([0, 1]);
    for (let n = 0; n < 1_000; n++) add(store, { metadata: JSON.stringify("x".repeat(3_000)) });
    expect(
      joint(store, [
        { ...long, from: first },
        { ...long, to: first },
      ]),
    ).toEqual([1]);
  });
});

test("jointPages reads no more than it may, and counts the rows that have expired", async () => {
  await onStore("most", (store) => {
    for (let n = 0; n < 5; n++) add(store, { metadata: JSON.stringify("x".repeat(2_000)) });
    const many = Array.from({ length: 20 }, () => all);
    expect(joint(store, many, { now, mostText: 30_000 })).toEqual([0, 1, 2]);
  });
  await onStore("most-expired", (store) => {
    for (let n = 0; n < 4; n++) add(store, { result: "1", ttl: 1 });
    const many = Array.from({ length: 20 }, () => all);
    expect(joint(store, many, { now: now + 10, mostText: 3_000 })).toEqual([0, 1, 2]);
  });
});
