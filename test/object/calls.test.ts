import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ListQuery, StoredPage } from "../../src/core/reply.ts";
import { callMany, callPages, type Part } from "../../src/object/calls.ts";
import { Store } from "../../src/object/storage/store.ts";
import { command, operationsOf } from "./commands.ts";

const synced = async () => {};

describe("callMany", () => {
  test("makes each call by itself, in order, and returns what each returned or threw", async () => {
    const broken = new Error("broken");
    const part = await callMany(
      [1, 2, 3, 4],
      (n) => {
        if (n === 2) throw broken;
        return n === 3 ? Promise.reject(broken) : n === 4 ? Promise.resolve(n * n) : n;
      },
      synced,
    );
    expect(new Map(part)).toEqual(
      new Map<number, unknown>([
        [0, { value: 1 }],
        [1, { thrown: broken }],
        [2, { thrown: broken }],
        [3, { value: 16 }],
      ]),
    );
  });

  test("leaves out texts that a message would not hold", async () => {
    const large = "x".repeat(3 * 1024 * 1024);
    const part = await callMany([1, 2, 3], () => large, synced);
    expect(part.map(([index]) => index)).toEqual([0, 1]);
  });

  test("sends of an operation what clients are shown, and not its answers", async () => {
    const op = { id: "one", answers: ["x".repeat(16 * 1024)] };
    expect(await callMany([1], async () => ({ op, replayed: true }), synced)).toEqual([
      [0, { value: { op: { id: "one" }, replayed: true } }],
    ]);
  });

  test("tells of what has ended together, and returns the last ones", async () => {
    const open = [1, 2, 3].map(() => Promise.withResolvers<string>());
    const told: Part[] = [];
    const listener = { told: async (part: Part) => void told.push(part) };
    const made = callMany([0, 1, 2], (n) => open[n]?.promise, synced, listener);
    open[1]?.resolve("b");
    open[0]?.resolve("a");
    await expect
      .poll(() => told.flat())
      .toEqual([
        [1, { value: "b" }],
        [0, { value: "a" }],
      ]);
    expect(told.length).toBe(1);
    open[2]?.resolve("c");
    expect(await made).toEqual([[2, { value: "c" }]]);
  });

  test("tells soon that calls go on, and goes on where nobody listens any more", async () => {
    const slow = Promise.withResolvers<string>();
    const told: Part[] = [];
    const listener = {
      told: async (part: Part) => {
        told.push(part);
        throw new Error("The listener has gone");
      },
    };
    const made = callMany([0], () => slow.promise, synced, listener);
    await expect.poll(() => told).toEqual([[]]);
    slow.resolve("at last");
    expect(await made).toEqual([[0, { value: "at last" }]]);
  });
});

describe("callPages", () => {
  const all: ListQuery = { statuses: [], kinds: [], labels: [], order: "asc", limit: 20 };
  const page = { ids: [], docs: [], results: [], bytes: 6 * 1024 * 1024 };
  const five = [1, 2, 3, 4, 5].map((limit) => ({ ...all, limit }));

  test.each([
    ["at once", () => page],
    ["later", async () => page],
  ])(
    "leaves out pages that a message would not hold, and reads none after them: %s",
    async (_, read) => {
      const made: number[] = [];
      const part = await callPages(five, ({ limit }) => {
        made.push(limit);
        return read();
      });
      expect(part.map(([index]) => index)).toEqual([0, 1]);
      expect(made).toEqual([1, 2, 3]);
    },
  );

  test("returns of each page what it threw", async () => {
    const broken = new Error("broken");
    const small = { ...page, bytes: 0 };
    const part = await callPages(five, ({ limit }) => {
      if (limit === 2) throw broken;
      return limit === 3 ? Promise.reject(broken) : small;
    });
    const [value, thrown] = [{ value: small }, { thrown: broken }];
    expect(part).toEqual([value, thrown, thrown, value, value].map((one, index) => [index, one]));
  });
});

describe("OperationsObject.callMany", () => {
  test("makes operations, reads and cancels them, each by itself", async () => {
    const object = operationsOf("calls");
    const commands = [command(), command({ kind: "simulate", input: '{"outcome":"hang"}' })];
    const made = new Map(
      await object.callMany(
        "create",
        commands.map((one) => [one, 0]),
      ),
    );
    const ids = [0, 1].map((index) => {
      const { value } = made.get(index) as { value: { op: { id: string } } };
      return value.op.id;
    });
    const read = await object.callMany(
      "read",
      [...ids, "none"].map((id) => [id]),
    );
    expect(
      read.map(([, settled]) => JSON.parse((settled as { value: string }).value).op?.id),
    ).toEqual([...ids, undefined]);
    const canceled = new Map(await object.callMany("cancel", [[ids[1] ?? ""], ["none"]]));
    expect(canceled.get(0)).toMatchObject({ value: { op: { id: ids[1] } } });
    expect(canceled.get(1)).toMatchObject({ value: { error: { code: "operation-not-found" } } });
  });
});

describe("OperationsObject.pages", () => {
  const all: ListQuery = { statuses: [], kinds: [], labels: [], order: "asc", limit: 20 };

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("returns each page as page does, and what fails is one page's own", async () => {
    const object = operationsOf("pages");
    await object.createMany(Array.from({ length: 5 }, () => command()));
    const queries: ListQuery[] = [1, 2, 3, 20].map((limit) => ({ ...all, limit }));
    const alone = await Promise.all(queries.map((query) => object.page(query)));
    const broken = new Error("broken");
    const { page } = Store.prototype;
    vi.spyOn(Store.prototype, "page").mockImplementation(function (this: Store, query, now) {
      if (query.limit === 2) throw broken;
      return page.call(this, query, now);
    });
    const found = new Map(await object.pages(queries));
    expect(found.get(1)).toMatchObject({ thrown: { message: "broken" } });
    for (const index of [0, 2, 3]) expect(found.get(index)).toEqual({ value: alone[index] });
  });

  test("returns no more large documents than half a message holds", async () => {
    const object = operationsOf("pages-large");
    const metadata = JSON.stringify("é".repeat(16_000));
    await object.createMany(Array.from({ length: 20 }, () => command({ metadata })));
    const part = await object.pages(Array.from({ length: 100 }, () => all));
    expect(part.length).toBeGreaterThan(10);
    expect(part.length).toBeLessThan(100);
    const pages = part.map(([, settled]) => (settled as { value: StoredPage }).value);
    const size = pages.flatMap(({ docs }) => docs).reduce((sum, doc) => sum + 2 * doc.length, 0);
    expect(size).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  test("reads no more expired operations than a few pages do", async () => {
    const object = operationsOf("pages-expired");
    await object.create(command(), 1_000);
    await runInDurableObject(object, (_, { storage: { sql } }) => {
      sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO operations (id, status, kind, wake_at, doc, input, changed)
         SELECT printf('0%029d', i), 'succeeded', 'echo', 1, '{}', '', i FROM n`,
      );
    });
    const part = await object.pages(Array.from({ length: 100 }, () => all));
    expect(part.length).toBe(3);
  });
});
