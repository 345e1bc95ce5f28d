import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { apply } from "../../src/core/operation/apply.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decodePage, type ListQuery, type Payload } from "../../src/core/reply.ts";
import { once } from "../../src/core/retry.ts";
import { maxParsed } from "../../src/object/storage/list.ts";
import { migrate } from "../../src/object/storage/migrations.ts";
import { Store } from "../../src/object/storage/store.ts";
import { operationsOf } from "./commands.ts";

const now = 1_795_000_000_000;
const ids = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));

const all: ListQuery = { statuses: [], kinds: [], labels: [], order: "desc", limit: 100 };

function make(
  more: { kind?: string; labels?: Record<string, string>; metadata?: string } = {},
): Operation {
  const spec = { kind: "echo", ttl: 1_000, deadline: 1_000, retry: once, labels: {}, ...more };
  return createOperation({ ...spec, id: ids.next(now) }, now);
}

function succeed(op: Operation, size: number, mediaType = "application/json"): Operation {
  const outcome = { type: "succeeded", result: { mediaType, size } } as const;
  return apply(op, { type: "finish", attempt: 1, outcome, jitter: 0 }, now);
}

/** listed returns a page of a list, parsed. */
const listed = (store: Store, query: ListQuery, at: number) => decodePage(store.page(query, at));

function onStore<T>(name: string, use: (store: Store, sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(operationsOf(name), (_, { storage }) =>
    use(new Store(storage.sql), storage.sql),
  );
}

describe("Store", () => {
  it.each([
    ["a small text", "null"],
    ["a result at the limit of its row", `"${"x".repeat(8 * 1024 - 2)}"`],
    ["a result beside its row", `"${"x".repeat(8 * 1024 - 1)}"`],
    ["an inline result at its limit", `"${"x".repeat(64 * 1024 - 2)}"`],
    ["an inline result at its limit, of three bytes a character", `"${"€".repeat(64 * 1024 - 2)}"`],
  ])("put keeps %s where readers see it", async (_, result) => {
    await onStore(`store-${sizeOf(result)}`, (store, sql) => {
      const op = make();
      store.insert(op, "1");
      const done = succeed(op, sizeOf(result));
      expect(store.put(done, result)).toEqual({ op: done, result });
      expect(store.get(op.id, now)).toEqual({ op: done, result });
      expect(JSON.parse(store.encoded(op.id, now) ?? "")).toEqual({ op: done, result });
      expect(textOf(store.result(op.id))).toBe(result);
      expect(listed(store, all, now).items).toEqual([{ op: done, result }]);
      expect(store.changes.since(0, { kinds: [], labels: [] }, now, 10).changes).toMatchObject([
        { snapshot: { op: done, result } },
      ]);
      store.remove(op.id, undefined);
      expect(chunksIn(sql)).toBe(0);
    });
  });

  it.each([
    0,
    1,
    8 * 1024,
    8 * 1024 + 1,
    256 * 1024 + 1,
    512 * 1024,
    512 * 1024 + 1,
    1024 * 1024,
    3 * 1024 * 1024 + 7,
  ])("put and result give back %i bytes as they were, and remove leaves none", async (size) => {
    await onStore(`store-bytes-${size}`, (store, sql) => {
      const op = make();
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7) % 251);
      store.insert(op, "1");
      const done = succeed(op, size, "image/png");
      store.put(done, bytes.buffer);
      expect(store.get(op.id, now)).toEqual({ op: done });
      expect(same(store.result(op.id), bytes)).toBe(true);
      store.remove(op.id, undefined);
      expect(chunksIn(sql)).toBe(0);
      expect(store.get(op.id, now)).toBeUndefined();
    });
  });

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
      const op = { ...make(), ...{ fromTheFuture: 1 } };
      store.insert(op, "1");
      const read = store.get(op.id, now)?.op;
      if (read) store.put(apply(read, { type: "cancel" }, now));
      const { doc } = sql.exec<{ doc: string }>("SELECT doc FROM operations").one();
      expect(JSON.parse(doc)).toMatchObject({ fromTheFuture: 1, version: 2 });
    });
  });
});

describe("payloads beside the row", () => {
  it("the row of an operation stays small, whatever its payloads", async () => {
    await onStore("beside-row", (store, sql) => {
      for (const size of [2, 8_192, 8_193, 65_536, 400_000, 3_000_000]) {
        const op = make();
        store.insert(op, `"${"i".repeat(size - 2)}"`);
        store.put(succeed(op, size), `"${"r".repeat(size - 2)}"`);
      }
      const { row } = sql
        .exec<{ row: number }>(
          `SELECT max(length(doc) + coalesce(length(input), 0) + coalesce(length(result), 0)) AS row
           FROM operations`,
        )
        .one();
      expect(row).toBeLessThan(2 * 8_192 + 1_024);
    });
  });

  it("a page is one statement, and takes no result that is not shown", async () => {
    await onStore("beside-list", (store, sql) => {
      for (let i = 0; i < 20; i++) {
        const op = make();
        store.insert(op, "1");
        store.put(succeed(op, 20_000), `"${String(i).repeat(10_000).slice(0, 19_998)}"`);
        const other = make();
        store.insert(other, "1");
        store.put(succeed(other, 400_000, "image/png"), new ArrayBuffer(400_000));
      }
      const exec = vi.spyOn(sql, "exec");
      const { items } = listed(store, all, now);
      expect(exec).toHaveBeenCalledTimes(1);
      expect(items).toHaveLength(40);
      expect(items.filter(({ result }) => result?.length === 19_998 + 2)).toHaveLength(10);
      expect(items.filter(({ result }) => result === undefined)).toHaveLength(20);
      exec.mockRestore();
    });
  });

  it("bytes that call themselves JSON are shown nowhere, of whatever size", async () => {
    await onStore("beside-bytes", (store) => {
      for (const size of [10, 20_000, 100_000]) {
        const op = make();
        store.insert(op, "1");
        const done = succeed(op, size);
        expect(store.put(done, new ArrayBuffer(size))).toEqual({ op: done });
        expect(store.get(op.id, now)).toEqual({ op: done });
      }
    });
  });

  it("small payloads never touch the chunks", async () => {
    await onStore("beside-small", (store, sql) => {
      const exec = vi.spyOn(sql, "exec");
      const op = make();
      store.insert(op, "1");
      store.put(succeed(op, 1), "1");
      store.remove(op.id, undefined);
      const touching = exec.mock.calls.filter(([text]) => /(INTO|DELETE FROM) chunks/.test(text));
      expect(touching).toEqual([]);
      exec.mockRestore();
    });
  });

  it("what older code has written is read as it is", async () => {
    await onStore("beside-older", (store, sql) => {
      const bytes = new Uint8Array(300_000).fill(7);
      const text = `"${"x".repeat(60_000)}"`;
      const [shown, inRow, parted] = [make(), make(), make()];
      for (const op of [shown, inRow, parted]) store.insert(op, "1");
      const write = (op: Operation, result: SqlStorageValue, size: number) => {
        store.put(succeed(op, size));
        sql.exec("UPDATE operations SET input = ?, result = ? WHERE id = ?", text, result, op.id);
      };
      write(shown, text, text.length);
      write(inRow, bytes.buffer, bytes.length);
      write(parted, null, 2 * bytes.length);
      for (const part of [0, 1]) {
        sql.exec("INSERT INTO chunks VALUES (?, 'result', ?, ?)", parted.id, part, bytes.buffer);
      }
      expect(store.get(shown.id, now)?.result).toBe(text);
      expect(store.input(shown.id)).toBe(text);
      expect(same(store.result(inRow.id), bytes)).toBe(true);
      expect(same(store.result(parted.id), new Uint8Array(600_000).fill(7))).toBe(true);
      expect(listed(store, all, now).items.map(({ result }) => result)).toEqual([
        undefined,
        undefined,
        text,
      ]);
    });
  });
});

describe("list", () => {
  it("a filtered page looks at a bounded number of rows and says how far it got", async () => {
    await onStore("list-scan", (store) => {
      const first = make({ kind: "rare" });
      store.insert(first, "1");
      for (let i = 0; i < 10_000; i++) store.insert(make(), "1");
      const page = listed(store, { ...all, kinds: ["rare"] }, now);
      expect(page.items).toEqual([]);
      expect(page.coveredTo).toBeDefined();
      const next = listed(store, { ...all, kinds: ["rare"], to: page.coveredTo ?? "" }, now);
      expect(next.items.map(({ op }) => op.id)).toEqual([first.id]);
      expect(next.coveredTo).toBeUndefined();
    });
  });

  it("a page ends before its operations take more than they may, and goes on from there", async () => {
    await onStore("list-bytes", (store) => {
      const inserted: string[] = [];
      for (let i = 0; i < 40; i++) {
        // Documents count as results do, and each of their characters as two bytes.
        const op = make({ metadata: JSON.stringify("é".repeat(15_000)) });
        store.insert(op, "1");
        store.put(succeed(op, 120_002, "application/json"), JSON.stringify("é".repeat(60_000)));
        inserted.push(op.id);
      }
      const bytes = 1024 * 1024;
      const found: string[] = [];
      let from = "";
      for (let pages = 1; ; pages++) {
        const asked: ListQuery = { ...all, order: "asc", limit: 1_000, bytes, from };
        const { items, coveredTo } = listed(store, asked, now);
        const size = items.reduce((sum, item) => sum + 2 * JSON.stringify(item).length, 0);
        expect(size).toBeLessThanOrEqual(bytes);
        found.push(...items.map(({ op }) => op.id));
        if (coveredTo === undefined) break;
        expect(coveredTo).toBe(found.at(-1));
        expect(pages).toBeLessThan(10);
        from = `${coveredTo}~`;
      }
      expect(found).toEqual(inserted);
      // However little a page may hold, it brings its reader on.
      const least = listed(store, { ...all, order: "asc", bytes: 1 }, now);
      expect(least.items.map(({ op }) => op.id)).toEqual(inserted.slice(0, 1));
      expect(least.coveredTo).toBe(inserted[0]);
    });
  });

  it("a page of 1,000 of the largest results stays far below the 32 MiB of a message", async () => {
    await onStore("list-message", (store) => {
      const result = JSON.stringify("é".repeat(64 * 1024 - 2));
      for (let i = 0; i < 300; i++) {
        const op = make();
        store.insert(op, "1");
        store.put(succeed(op, 131_070, "application/json"), result);
      }
      const page = listed(store, { ...all, limit: 1_000 }, now);
      expect(page.items.length).toBeGreaterThan(100);
      expect(2 * JSON.stringify(page.items).length).toBeLessThan(17 * 1024 * 1024);
    });
  });

  it("a page parses a bounded amount of documents for their labels, and says how far it got", async () => {
    await onStore("list-parsed", (store) => {
      const labels = Object.fromEntries(
        Array.from({ length: 31 }, (_, i) => [`label-${i}`, `${i}`.repeat(20)]),
      );
      const first = make({ labels: { ...labels, last: "yes" } });
      store.insert(first, "1");
      const size = JSON.stringify(make({ labels: { ...labels, last: "no" } })).length;
      const rows = Math.ceil(maxParsed / size);
      for (let i = 0; i < rows; i++) store.insert(make({ labels: { ...labels, last: "no" } }), "1");
      const wanted = Object.entries({ ...labels, last: "yes" });
      for (const order of ["asc", "desc"] as const) {
        const asked: ListQuery = { ...all, order, labels: wanted };
        const page = listed(store, asked, now);
        expect(page.coveredTo).toBeDefined();
        const end = page.coveredTo ?? "";
        const rest = order === "asc" ? { from: `${end}~` } : { to: end };
        const next = listed(store, { ...asked, ...rest }, now);
        expect(next.coveredTo).toBeUndefined();
        const found = [...page.items, ...next.items].map(({ op }) => op.id);
        expect(found).toEqual([first.id]);
      }
    });
  });

  it("a page looks at a bounded number of operations that have expired and are not swept yet", async () => {
    await onStore("list-expired", (store, sql) => {
      for (let i = 0; i < 10_002; i++) store.insert(make(), "1");
      const kept = make();
      store.insert(kept, "1");
      sql.exec("UPDATE operations SET status = 'failed', wake_at = 1 WHERE id < ?", kept.id);
      const page = listed(store, { ...all, order: "asc" }, now);
      expect(page.items).toEqual([]);
      const next = listed(store, { ...all, order: "asc", from: `${page.coveredTo}~` }, now);
      expect(next.items.map(({ op }) => op.id)).toEqual([kept.id]);
      expect(next.coveredTo).toBeUndefined();
    });
  });

  it.each([
    ["asc", 3],
    ["desc", 0],
  ] as const)(
    "a full page of what there is has nothing after it, whatever has expired, %s",
    async (order, expired) => {
      await onStore(`list-last-${order}`, (store, sql) => {
        const four = Array.from({ length: 4 }, () => {
          const op = make();
          store.insert(op, "1");
          return op.id;
        });
        const expire = (place: number) =>
          sql.exec(
            "UPDATE operations SET status = 'failed', wake_at = 1 WHERE id = ?",
            four[place],
          );
        expire(expired);
        const shown = four.filter((_, place) => place !== expired);
        if (order === "desc") shown.reverse();
        const page = listed(store, { ...all, order, limit: 3 }, now);
        expect(page.items.map(({ op }) => op.id)).toEqual(shown);
        expect(page.coveredTo).toBeUndefined();
        // What has expired in between makes it read on.
        expire(1);
        const rest = shown.filter((id) => id !== four[1]);
        for (const limit of [1, 2]) {
          const next = listed(store, { ...all, order, limit }, now);
          expect(next.items.map(({ op }) => op.id)).toEqual(rest.slice(0, limit));
          expect(next.coveredTo !== undefined).toBe(limit === 1);
        }
      });
    },
  );

  it("a document that cannot be read has no labels, and holds up no list of labels", async () => {
    await onStore("list-broken", (store, sql) => {
      const op = make({ labels: { a: "1" } });
      store.insert(op, "1");
      const broken = make({ labels: { a: "1" } });
      store.insert(broken, "1");
      sql.exec("UPDATE operations SET doc = substr(doc, 2) WHERE id = ?", broken.id);
      const found = listed(store, { ...all, labels: [["a", "1"]] }, now);
      expect(found.items.map((item) => item.op.id)).toEqual([op.id]);
    });
  });

  it("all of the labels are wanted, and each name has one value", async () => {
    await onStore("list-all-labels", (store) => {
      const op = make({ labels: { a: "1", b: "2", c: "3" } });
      store.insert(op, "1");
      store.insert(make({ labels: { a: "1" } }), "1");
      store.insert(make({ metadata: '{"a":"1"}' }), "1");
      const idsWith = (labels: [string, string][]) =>
        listed(store, { ...all, labels }, now).items.map((item) => item.op.id);
      expect(idsWith([["a", "1"]])).toHaveLength(2);
      expect(
        idsWith([
          ["a", "1"],
          ["b", "2"],
        ]),
      ).toEqual([op.id]);
      expect(
        idsWith([
          ["a", "1"],
          ["a", "2"],
        ]),
      ).toEqual([]);
      expect(
        idsWith([
          ["a", "1"],
          ["b", "3"],
        ]),
      ).toEqual([]);
    });
  });

  it("labels are compared as values, whatever they hold", async () => {
    await onStore("list-labels", (store) => {
      const hostile = `'; DROP TABLE operations; -- " \\ \n\u2028 é \ud800`;
      const op = make({ labels: { a: hostile, b: "2" } });
      store.insert(op, "1");
      store.insert(make({ labels: { a: "1", b: "2" } }), "1");
      const found = listed(store, { ...all, labels: [["a", hostile]] }, now);
      expect(found.items.map((item) => item.op.id)).toEqual([op.id]);
      expect(listed(store, { ...all, labels: [["b", "2"]] }, now).items).toHaveLength(2);
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

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function textOf(payload: Payload | undefined): string | undefined {
  return typeof payload === "object" ? new TextDecoder().decode(payload) : payload;
}

function chunksIn(sql: SqlStorage): number {
  return sql.exec<{ n: number }>("SELECT count(*) AS n FROM chunks").one().n;
}

function same(payload: Payload | undefined, bytes: Uint8Array): boolean {
  if (!(payload instanceof ArrayBuffer) || payload.byteLength !== bytes.byteLength) return false;
  const view = new Uint8Array(payload);
  return bytes.every((byte, index) => view[index] === byte);
}
