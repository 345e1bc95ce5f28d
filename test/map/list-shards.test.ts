import { describe, expect, test } from "vitest";
import { maxPageBytes } from "../../src/core/limits.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import {
  encodePage,
  type ListPage,
  type ListQuery,
  type StoredPage,
} from "../../src/core/reply.ts";
import { once } from "../../src/core/retry.ts";
import { listShards } from "../../src/map/list-shards.ts";

const spec = { kind: "echo", ttl: 1, deadline: 1, retry: once, labels: {} };
const query = { statuses: [], kinds: [], labels: [], order: "asc", limit: 20 } as const;

/** Shards that hold operations of these ids, and what they have been asked. */
function shardsOf(held: readonly (readonly string[])[]) {
  const asked: { readonly shard: number; readonly query: ListQuery }[] = [];
  const shards = held.map((own, shard) => ({
    async page(page: ListQuery): Promise<StoredPage> {
      asked.push({ shard, query: page });
      const { from = "", to = "~", order, limit } = page;
      const found = own.filter((id) => id >= from && id < to).sort();
      if (order === "desc") found.reverse();
      const items = found
        .slice(0, limit)
        .map((id) => ({ op: createOperation({ ...spec, id }, 0) }));
      const last = items.at(-1)?.op.id;
      const hasMore = found.length > limit && last !== undefined;
      return encodePage(hasMore ? { items, coveredTo: last } : { items });
    },
  }));
  return { shards: shards as never, asked };
}

/** The pages that follow from one another, until there is no more. */
async function all(shards: never, order: "asc" | "desc", limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let page: ListPage | undefined; page === undefined || page.coveredTo !== undefined; ) {
    const end = page?.coveredTo;
    const range = order === "asc" ? { from: `${end}0` } : { to: end ?? "" };
    page = await listShards(shards, { ...query, order, limit, ...(end !== undefined && range) });
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
    await listShards(shards, query);
    expect(asked.map(({ query: { limit } }) => limit)).toEqual(Array(8).fill(8));
  });

  test("asks those that have more a second time, for the rest and behind what they have told", async () => {
    const { shards, asked } = shardsOf(spread(() => 3));
    await listShards(shards, query);
    expect(asked).toHaveLength(9);
    expect(asked[8]).toMatchObject({ shard: 3, query: { limit: 12, from: `${ids[7]}0` } });
  });

  test("does not ask those again that have told all that can be on the page", async () => {
    // The first 25 are in shard 0, the next in shard 1, and the page of what is told at first ends in shard 2.
    const { shards, asked } = shardsOf(spread((n) => Math.floor(n / 25)));
    await listShards(shards, query);
    expect(asked.slice(8).map(({ shard }) => shard)).toEqual([0, 1]);
    const newest = shardsOf(spread((n) => Math.floor(n / 25)));
    await listShards(newest.shards, { ...query, order: "desc" });
    expect(newest.asked.slice(8).map(({ shard }) => shard)).toEqual([6, 7]);
  });

  test("has no more in memory than one page may take", async () => {
    const { shards, asked } = shardsOf(spread(() => 3));
    await listShards(shards, query);
    const most = asked.reduce((sum, { query: { bytes = 0 } }) => sum + bytes, 0);
    expect(most).toBeLessThanOrEqual(maxPageBytes);
    expect(asked[0]?.query.bytes).toBe(maxPageBytes / 16);
    const alone = shardsOf([ids]);
    await listShards(alone.shards, query);
    expect(alone.asked).toEqual([{ shard: 0, query: { ...query, bytes: maxPageBytes } }]);
  });
});
