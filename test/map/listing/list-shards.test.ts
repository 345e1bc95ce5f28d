import { describe, expect, test } from "vitest";
import { maxPageBytes } from "../../../src/core/limits.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import {
  encodePage,
  type ListPage,
  type ListQuery,
  type StoredPage,
} from "../../../src/core/reply.ts";
import { once } from "../../../src/core/retry.ts";
import type { ReadPage } from "../../../src/map/listing/asked-list.ts";
import { listShards } from "../../../src/map/listing/list-shards.ts";
import type { Pages } from "../../../src/map/listing/object-pages.ts";
import type { Part } from "../../../src/object/calls.ts";

const spec = { kind: "echo", ttl: 1, deadline: 1, retry: once, labels: {} };
const query = { statuses: [], kinds: [], labels: [], order: "asc", limit: 20 } as const;

/** Shards that hold operations of these ids, and what they have been asked. */
function shardsOf(held: readonly (readonly string[])[]) {
  const asked: { readonly shard: number; readonly query: ListQuery }[] = [];
  const shards = held.map((own, shard) => ({
    async pages(pages: readonly ListQuery[]): Promise<Part> {
      asked.push(...pages.map((page) => ({ shard, query: page })));
      return pages.map((page, index) => [index, { value: pageOf(own, page) }]);
    },
  }));
  return { shards, asked };
}

/** The page that an object which holds these ids returns. */
function pageOf(
  own: readonly string[],
  { from = "", to = "~", order, limit }: ListQuery,
): StoredPage {
  const found = own.filter((id) => id >= from && id < to).sort();
  if (order === "desc") found.reverse();
  const items = found.slice(0, limit).map((id) => ({ op: createOperation({ ...spec, id }, 0) }));
  const last = items.at(-1)?.op.id;
  const hasMore = found.length > limit && last !== undefined;
  return encodePage(hasMore ? { items, coveredTo: last } : { items });
}

/** The page that all shards make. */
async function listOf(shards: readonly Pages[], asked: ListQuery): Promise<ListPage> {
  const [[, settled] = []] = await listShards(shards, [asked]);
  if (!settled || "thrown" in settled) throw settled?.thrown ?? new Error("left out");
  return (settled.value as ReadPage)();
}

/** The pages that follow from one another, until there is no more. */
async function all(
  shards: readonly Pages[],
  order: "asc" | "desc",
  limit: number,
): Promise<string[][]> {
  const pages: string[][] = [];
  for (let page: ListPage | undefined; page === undefined || page.coveredTo !== undefined; ) {
    const end = page?.coveredTo;
    const range = order === "asc" ? { from: `${end}0` } : { to: end ?? "" };
    page = await listOf(shards, { ...query, order, limit, ...(end !== undefined && range) });
    pages.push(page.items.map(({ op }) => op.id));
  }
  return pages;
}

const ids = Array.from({ length: 200 }, (_, n) => String(1_000 + n));
const spread = (by: (n: number) => number) =>
  Array.from({ length: 8 }, (_every, shard) => ids.filter((_, n) => by(n) === shard));

describe("listShards", () => {
  test.each([
    ["evenly", spread((n) => (n * 5) % 8)],
    ["by chance", spread((n) => Math.floor(Math.sin(n) ** 2 * 7.99))],
    ["all in one, as before SHARDS grew", spread(() => 0)],
    ["in blocks", spread((n) => Math.floor(n / 25))],
    ["nowhere", spread(() => -1)],
  ])("has all in their order, in full pages, whether they are held %s", async (_, held) => {
    const expected = ids.filter((id) => held.some((own) => own.includes(id)));
    for (const order of ["asc", "desc"] as const) {
      const pages = await all(shardsOf(held).shards, order, 20);
      expect(pages.flat()).toEqual(order === "asc" ? expected : expected.toReversed());
      expect(pages.slice(0, -1).every((page) => page.length === 20)).toBe(true);
    }
  });

  test("asks each shard for its part and some more, and once where they are spread evenly", async () => {
    const { shards, asked } = shardsOf(spread((n) => n % 8));
    await listOf(shards, query);
    expect(asked.map(({ query: { limit } }) => limit)).toEqual(Array(8).fill(8));
  });

  test("asks those that have more a second time, for the rest and behind what they have told", async () => {
    const { shards, asked } = shardsOf(spread(() => 3));
    await listOf(shards, query);
    expect(asked).toHaveLength(9);
    expect(asked[8]).toMatchObject({ shard: 3, query: { limit: 12, from: `${ids[7]}0` } });
  });

  test("does not ask those again that have told all that can be on the page", async () => {
    // The first 25 are in shard 0, the next in shard 1, and the page of what is told at first ends in shard 2.
    const { shards, asked } = shardsOf(spread((n) => Math.floor(n / 25)));
    await listOf(shards, query);
    expect(asked.slice(8).map(({ shard }) => shard)).toEqual([0, 1]);
    const newest = shardsOf(spread((n) => Math.floor(n / 25)));
    await listOf(newest.shards, { ...query, order: "desc" });
    expect(newest.asked.slice(8).map(({ shard }) => shard)).toEqual([6, 7]);
  });

  test("has no more in memory than one page may take", async () => {
    const { shards, asked } = shardsOf(spread(() => 3));
    await listOf(shards, query);
    const most = asked.reduce((sum, { query: { bytes = 0 } }) => sum + bytes, 0);
    expect(most).toBeLessThanOrEqual(maxPageBytes);
    expect(asked[0]?.query.bytes).toBe(maxPageBytes / 16);
    const alone = shardsOf([ids]);
    await listOf(alone.shards, query);
    expect(alone.asked).toEqual([{ shard: 0, query: { ...query, bytes: maxPageBytes } }]);
  });

  test("makes many lists with two calls to each shard at most, and each is what it is alone", async () => {
    const { shards, asked } = shardsOf(spread((n) => Math.floor(n / 25)));
    const queries = [1, 20, 7, 200, 20].map((limit, n) => ({
      ...query,
      limit,
      from: ids[10 * n] ?? "",
      order: n % 2 === 0 ? ("asc" as const) : ("desc" as const),
    }));
    const alone = await Promise.all(queries.map((one) => listOf(shards, one)));
    asked.length = 0;
    let calls = 0;
    const counted = shards.map((own) => ({
      pages: (of: readonly ListQuery[]) => {
        calls += 1;
        return own.pages(of);
      },
    }));
    const together = await listShards(counted, queries);
    const pages = together.map(([, settled]) =>
      "value" in settled ? (settled.value as ReadPage)() : settled,
    );
    expect(pages).toEqual(alone);
    expect(calls).toBeGreaterThan(8);
    expect(calls).toBeLessThanOrEqual(16);
  });

  test("leaves out only the lists of which a shard leaves out a part, and fails those that it fails", async () => {
    const { shards } = shardsOf(spread((n) => Math.floor(n / 25)));
    const [first, ...others] = shards;
    const broken = new Error("unreadable");
    const some: Pages = {
      pages: async (of) =>
        ((await first?.pages(of)) ?? []).flatMap(([index, settled]): Part => {
          const from = of[index]?.from;
          if (from === ids[1]) return [[index, { thrown: broken }]];
          return from === ids[2] ? [] : [[index, settled]];
        }),
    };
    const queries = ids.slice(0, 4).map((from) => ({ ...query, from }));
    const found = await listShards([some, ...others], queries);
    expect(found.map(([index]) => index)).toEqual([0, 1, 3]);
    expect(found[1]).toEqual([1, { thrown: broken }]);
  });
});
