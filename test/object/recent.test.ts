import { runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import { once } from "../../src/core/retry.ts";
import type { WatchFilter } from "../../src/core/watching/watch.ts";
import { migrate } from "../../src/object/storage/migrations.ts";
import { Recent } from "../../src/object/storage/recent.ts";
import { Store } from "../../src/object/storage/store.ts";
import { operationsOf } from "./commands.ts";

describe("Recent", () => {
  test("since returns what has changed after a stamp, in the order of its last changes", () => {
    const recent = new Recent(100);
    for (const [id, stamp] of [
      ["a", 101],
      ["b", 102],
      ["a", 103],
      ["c", 104],
    ] as const) {
      recent.changed(id, stamp);
    }
    expect(recent.since(100)).toEqual(["b", "a", "c"]);
    expect(recent.since(102)).toEqual(["a", "c"]);
    expect(recent.since(104)).toEqual([]);
  });

  test("since does not know of changes before this life, or before the last hundred operations", () => {
    const recent = new Recent(100);
    expect(recent.since(99)).toBeUndefined();
    for (let n = 1; n <= 100; n++) recent.changed(`${n}`, 100 + n);
    expect(recent.since(100)).toHaveLength(100);
    recent.changed("101", 201);
    expect(recent.since(100)).toBeUndefined();
    expect(recent.since(101)).toHaveLength(100);
  });
});

const now = 1_795_000_000_000;
const kinds = ["resize", "print"] as const;
const filters: readonly WatchFilter[] = [
  { kinds: [], labels: [] },
  { kinds: ["print"], labels: [["kind", "print"]] },
];

const change = fc.record({
  does: fc.constantFrom("create", "create", "change", "end", "roll back", "remove", "restart"),
  kind: fc.constantFrom(...kinds),
  which: fc.nat(),
});

/** What `since` returns, from all rows: the operations with their stamps, and whether there are more. */
function changedSince(sql: SqlStorage, stamp: number, { labels }: WatchFilter, at: number) {
  const rows = sql.exec<{ doc: string; changed: number }>(
    "SELECT doc, changed FROM operations WHERE changed > ? ORDER BY changed",
    stamp,
  );
  const all = [...rows]
    .map(({ doc, changed }) => ({ stamp: changed, op: JSON.parse(doc) as Operation }))
    .filter(({ op: { status, expiresAt } }) => status !== "failed" || expiresAt > at)
    .filter(({ op }) => labels.every(([name, value]) => op.labels[name] === value));
  return { changes: all.slice(0, limit), hasMore: all.length > limit };
}

const limit = 20;

test("Changes returns from what it remembers what it returns from the whole map", async () => {
  let runs = 0;
  const changes = fc.array(change, { minLength: 20, maxLength: 200, size: "max" });
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(), (made, from) =>
      runInDurableObject(operationsOf(`recent-${runs++}`), (_, { storage }) => {
        migrate(storage.sql);
        const ids = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));
        let store = new Store(storage.sql);
        const live: Operation[] = [];
        const stamps = [0];
        for (const [n, { does, kind, which }] of made.entries()) {
          const at = now + n;
          const place = which % live.length;
          const op = live[place];
          if (does === "create" || !op) {
            const spec = { kind, ttl: 1_000, deadline: 60_000, retry: once, labels: { kind } };
            for (let count = which % 5; count >= 0; count--) {
              const created = createOperation({ ...spec, id: ids.next(at) }, at);
              store.insert(created, "1");
              live.push(created);
            }
          } else if (does === "remove") {
            store.remove(op.id, undefined);
            live.splice(place, 1);
          } else if (does === "roll back") {
            const undone = () =>
              storage.transactionSync(() => {
                store.put({ ...op, updatedAt: at });
                throw new Error("not so");
              });
            expect(undone).toThrow("not so");
          } else if (does === "restart") {
            store = new Store(storage.sql);
            const since = stamps[which % stamps.length] ?? 0;
            if (which % 3 > 0) store.changes.since(since, { kinds: [], labels: [] }, at, limit);
          } else if (does === "change") {
            store.put({ ...op, updatedAt: at });
          } else {
            const ended = { status: "failed", updatedAt: at, expiresAt: at + 10 };
            store.put({ ...op, ...ended } as Operation);
            live.splice(place, 1);
          }
          stamps.push(store.changes.last());
        }
        const whole = new Store(storage.sql).changes;
        const at = now + made.length;
        // Once for what is remembered from this life, and once for what that leaves out.
        for (const since of [from, 0, from].map((n) => stamps[n % stamps.length] ?? 0)) {
          for (const filter of filters) {
            const page = store.changes.since(since, filter, at, limit);
            const { hasMore } = page;
            const told = page.changes.map(({ stamp, snapshot }) => ({ stamp, op: snapshot?.op }));
            expect({ changes: told, hasMore }).toEqual(
              changedSince(storage.sql, since, filter, at),
            );
            const unfinished = live.map(({ id }) => id);
            const few = store.changes.unfinished(filter, limit, unfinished);
            expect(few).toEqual(whole.unfinished(filter, limit));
          }
        }
      }),
    ),
    { numRuns: 40 },
  );
});
