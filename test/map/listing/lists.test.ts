import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ListQuery } from "../../../src/core/reply.ts";
import { list } from "../../../src/map/listing/lists.ts";
import type { TenantPlace } from "../../../src/map/place.ts";
import { Shards } from "../../../src/map/shards.ts";
import { alteredObjects, lacking } from "../../edge/altered-objects.ts";
import { command } from "../../object/commands.ts";
import { placeOf } from "../place-of.ts";

const all: ListQuery = { statuses: [], kinds: [], labels: [], order: "asc", limit: 20 };
const today = alteredObjects(() => undefined);
const eight = Array.from({ length: 8 });

const lister = (place: TenantPlace) => (query: ListQuery) => list(place, new Shards(place), query);

/** Creates eight operations in each of a tenant's objects, and returns what is asked of these, and lists of them. */
async function holding(tenant: string, objects = today, shards = 1) {
  const { place, calls } = placeOf(tenant, objects);
  for (let shard = 0; shard < shards; shard++) {
    const commands = eight.map(() => command({ shard, startsAt: Date.now() + 3_600_000 }));
    await env.OPERATIONS.getByName(`${tenant}/${shard}`).createMany(commands);
  }
  const wide = { ...place, config: { ...place.config, shards } };
  return { calls, page: lister(wide) };
}

const queries = [1, 3, 20, 100].flatMap((limit) =>
  (["asc", "desc"] as const).map((order) => ({ ...all, order, limit })),
);

describe("list", () => {
  test("lists that come together are few calls, and each is what it is alone", async () => {
    const { calls, page } = await holding("lists");
    const together = await Promise.all(queries.map(page));
    expect(calls).toEqual(["page", "page", "pages"]);
    for (const [index, query] of queries.entries())
      expect(together[index]).toEqual(await page(query));
    expect(together[4]?.items.length).toBe(8);
    expect(together[2]?.coveredTo).toBe(together[2]?.items[2]?.op.id);
  });

  test("the same holds for a map of several objects, each of which is asked once or twice", async () => {
    const { calls, page } = await holding("lists-wide", today, 3);
    const together = await Promise.all(queries.map(page));
    // The last group has second queries, of lists of which a shard has more.
    expect(calls.filter((method) => method === "page").length).toBeLessThanOrEqual(9);
    expect(calls.filter((method) => method === "pages").length).toBeLessThanOrEqual(6);
    for (const [index, query] of queries.entries())
      expect(together[index]).toEqual(await page(query));
    expect(together[6]?.items.length).toBe(24);
  });

  test("lists that are the same are read once, and returned to all", async () => {
    const asked: number[] = [];
    const { calls, page } = await holding(
      "lists-same",
      alteredObjects((_, method, call) => {
        if (method !== "pages") return undefined;
        return (group) => {
          asked.push((group as ListQuery[]).length);
          return call(group);
        };
      }),
    );
    const limits = [1, 2, 3, 3, 4, 3, 4, 3];
    const found = await Promise.all(limits.map((limit) => page({ ...all, limit })));
    expect(calls).toEqual(["page", "page", "pages"]);
    expect(asked).toEqual([2]);
    expect(found.map(({ items }) => items.length)).toEqual(limits);
    calls.length = 0;
    await Promise.all(eight.map(() => page(all)));
    expect(calls).toEqual(["page", "page", "page"]);
  });

  test("a list sees everything that was created before it was asked for", async () => {
    const { page } = await holding("lists-fresh");
    const object = env.OPERATIONS.getByName("lists-fresh/0");
    const before = eight.map(() => page(all));
    await object.createMany([command({ startsAt: Date.now() + 3_600_000 })]);
    expect((await page(all)).items.length).toBe(9);
    await Promise.all(before);
  });

  test("a group of lists reads 2,048 rows at most, as many as two of the largest pages", async () => {
    const asked: number[][] = [];
    const { page } = await holding(
      "lists-rows",
      alteredObjects((_, method, call) => {
        if (method !== "pages") return undefined;
        return (group) => {
          asked.push((group as ListQuery[]).map(({ limit }) => limit));
          return call(group);
        };
      }),
    );
    const limits = [1, 1, 1_000, 1_000, 48, 1, 1_000, 500, 500, 500, 48];
    await Promise.all(limits.map((limit, n) => page({ ...all, limit, from: `0${n}` })));
    expect(asked).toEqual([
      [1_000, 1_000, 48],
      [1, 1_000, 500, 500],
      [500, 48],
    ]);
  });

  test.each([
    ["statuses", { statuses: ["pending"] }],
    ["kinds", { kinds: ["echo"] }],
    ["labels", { labels: [["a", "b"]] }],
  ] as const)(
    "a list with %s, which reads many rows, travels only with the same",
    async (name, filter) => {
      const { calls, page } = await holding(`lists-filtered-${name}`);
      await Promise.all(eight.map((_, n) => page({ ...all, ...filter, limit: n + 1 })));
      expect(calls).toEqual(eight.map(() => "page"));
      calls.length = 0;
      await Promise.all(eight.map(() => page({ ...all, ...filter })));
      expect(calls).toEqual(["page", "page", "page"]);
    },
  );

  test.each([
    ["no pages", ["pages"]],
    ["neither pages nor texts", ["page", "pages"]],
  ])(
    "objects of older code, which return %s, are asked for each list by itself",
    async (name, missing) => {
      const tenant = `lists-older-${missing.length}`;
      const { calls, page } = await holding(tenant, lacking(...missing));
      const newer = lister(placeOf(tenant, today).place);
      const found = await Promise.all(queries.map(page));
      for (const [index, query] of queries.entries())
        expect(found[index], name).toEqual(await newer(query));
      const isParsed = missing.length === 2;
      expect(calls.filter((method) => method === "list").length).toBe(isParsed ? 8 : 0);
    },
  );

  test("an operation that cannot be read fails the lists that show it, and no other", async () => {
    const { page, calls } = await holding("lists-damaged");
    const stub = env.OPERATIONS.getByName("lists-damaged/0");
    await runInDurableObject(stub, (_, { storage: { sql } }) => {
      sql.exec(
        "UPDATE operations SET doc = substr(doc, 2) WHERE id = (SELECT max(id) FROM operations)",
      );
    });
    const limits = [1, 2, 7, 8, 6, 20];
    const found = await Promise.allSettled(limits.map((limit) => page({ ...all, limit })));
    expect(calls).toEqual(["page", "page", "pages"]);
    expect(found.map(({ status }) => status === "fulfilled")).toEqual(limits.map((n) => n < 8));
  });

  test("a list that its group has left out is asked for alone", async () => {
    const { calls, page } = await holding(
      "lists-left-out",
      alteredObjects((_, method) => (method === "pages" ? async () => [] : undefined)),
    );
    const found = await Promise.all(eight.map((_, n) => page({ ...all, limit: n + 1 })));
    expect(found.map(({ items }) => items.length)).toEqual(eight.map((_, n) => n + 1));
    expect(calls).toEqual(["page", "page", "pages", ...eight.slice(2).map(() => "page")]);
  });

  test("an object that cannot be reached fails each list", async () => {
    const { page } = await holding(
      "lists-lost",
      alteredObjects((shard, method) =>
        shard === 1 && method.startsWith("page")
          ? async () => {
              throw new Error("Network connection lost.");
            }
          : undefined,
      ),
      3,
    );
    const found = await Promise.allSettled(queries.map(page));
    expect(found.map(({ status }) => status)).toEqual(queries.map(() => "rejected"));
  });
});
