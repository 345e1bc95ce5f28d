import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { apply, createOperation, type Operation } from "../../src/core/operation.ts";
import type { ListQuery, Payload } from "../../src/core/reply.ts";
import { once } from "../../src/core/retry.ts";
import { migrate } from "../../src/object/migrations.ts";
import { Store } from "../../src/object/store.ts";
import { operationsOf } from "./commands.ts";

const now = 1_795_000_000_000;
const ids = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));

function make(more: { kind?: string; labels?: Record<string, string> } = {}): Operation {
  const spec = { kind: "echo", ttl: 1_000, deadline: 1_000, retry: once, labels: {}, ...more };
  return createOperation({ ...spec, id: ids.next(now) }, now);
}

function succeed(op: Operation, size: number, mediaType = "application/json"): Operation {
  const outcome = { type: "succeeded", result: { mediaType, size } } as const;
  return apply(op, { type: "finish", attempt: 1, outcome, jitter: 0 }, now);
}

function onStore<T>(name: string, use: (store: Store, sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(operationsOf(name), (_, { storage }) =>
    use(new Store(storage.sql), storage.sql),
  );
}

describe("Store", () => {
  it.each([
    ["a small text", "null"],
    ["an inline result at its limit", `"${"x".repeat(64 * 1024 - 2)}"`],
  ])("put keeps %s where readers see it", async (_, result) => {
    await onStore(`store-${result.length}`, (store) => {
      const op = make();
      store.insert(op, "1");
      const done = succeed(op, result.length);
      expect(store.put(done, result)).toEqual({ op: done, result });
      expect(store.get(op.id, now)).toEqual({ op: done, result });
    });
  });

  it.each([0, 1, 512 * 1024, 512 * 1024 + 1, 1024 * 1024, 3 * 1024 * 1024 + 7])(
    "put and result give back %i bytes as they were, and remove leaves none",
    async (size) => {
      await onStore(`store-bytes-${size}`, (store, sql) => {
        const op = make();
        const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7) % 251);
        store.insert(op, "1");
        const done = succeed(op, size, "image/png");
        store.put(done, bytes.buffer);
        expect(store.get(op.id, now)).toEqual({ op: done });
        expect(same(store.result(op.id), bytes)).toBe(true);
        store.remove(op.id, undefined);
        expect(sql.exec("SELECT count(*) AS n FROM chunks").one()).toEqual({ n: 0 });
        expect(store.get(op.id, now)).toBeUndefined();
      });
    },
  );

  it("insert and input give back a large text of many bytes per character", async () => {
    await onStore("store-text", (store) => {
      const op = make();
      const input = JSON.stringify("é€😀".repeat(150_000));
      store.insert(op, input);
      expect(store.input(op.id) === input).toBe(true);
    });
  });

  it("members that this code does not know survive a change", async () => {
    await onStore("store-unknown", (store, sql) => {
      const op = { ...make(), fromTheFuture: 1 } as Operation;
      store.insert(op, "1");
      const read = store.get(op.id, now)?.op;
      if (read) store.put(apply(read, { type: "cancel" }, now));
      const { doc } = sql.exec<{ doc: string }>("SELECT doc FROM operations").one();
      expect(JSON.parse(doc)).toMatchObject({ fromTheFuture: 1, version: 2 });
    });
  });
});

describe("list", () => {
  const query: ListQuery = { statuses: [], kinds: [], labels: [], order: "desc", limit: 100 };

  it("a filtered page looks at a bounded number of rows and says how far it got", async () => {
    await onStore("list-scan", (store) => {
      const first = make({ kind: "rare" });
      store.insert(first, "1");
      for (let i = 0; i < 10_000; i++) store.insert(make(), "1");
      const page = store.list({ ...query, kinds: ["rare"] }, now);
      expect(page.items).toEqual([]);
      expect(page.coveredTo).toBeDefined();
      const next = store.list({ ...query, kinds: ["rare"], to: page.coveredTo ?? "" }, now);
      expect(next.items.map(({ op }) => op.id)).toEqual([first.id]);
      expect(next.coveredTo).toBeUndefined();
    });
  });

  it("labels are compared as values, whatever they hold", async () => {
    await onStore("list-labels", (store) => {
      const hostile = `'; DROP TABLE operations; -- "`;
      const op = make({ labels: { a: hostile, b: "2" } });
      store.insert(op, "1");
      store.insert(make({ labels: { a: "1", b: "2" } }), "1");
      const found = store.list({ ...query, labels: [["a", hostile]] }, now);
      expect(found.items.map((item) => item.op.id)).toEqual([op.id]);
      expect(store.list({ ...query, labels: [["b", "2"]] }, now).items).toHaveLength(2);
    });
  });
});

describe("migrate", () => {
  it("changes nothing where it has run, and leaves newer schemas alone", async () => {
    await onStore("migrate", (_, sql) => {
      migrate(sql);
      sql.exec("INSERT INTO migrations (version) VALUES (1000)");
      sql.exec("ALTER TABLE operations ADD COLUMN later TEXT DEFAULT 'x'");
      migrate(sql);
      const store = new Store(sql);
      const op = make();
      store.insert(op, "1");
      expect(store.get(op.id, now)).toEqual({ op });
    });
  });

  it("starts again where it was cut off", async () => {
    await onStore("migrate-again", (_, sql) => {
      migrate(sql);
      const version = () => sql.exec("SELECT max(version) AS v FROM migrations").one();
      const before = version();
      sql.exec("DELETE FROM migrations WHERE version > 1");
      migrate(sql);
      expect(version()).toEqual(before);
    });
  });
});

function same(payload: Payload | undefined, bytes: Uint8Array): boolean {
  if (!(payload instanceof ArrayBuffer) || payload.byteLength !== bytes.byteLength) return false;
  const view = new Uint8Array(payload);
  return bytes.every((byte, index) => view[index] === byte);
}
