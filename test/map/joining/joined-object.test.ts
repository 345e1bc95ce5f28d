import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { Logger } from "../../../src/base/log.ts";
import type { Created, ListQuery, Reply } from "../../../src/core/reply.ts";
import { JoinedObject, sharedByCreates } from "../../../src/map/joining/joined-object.ts";
import { listShards } from "../../../src/map/list-shards.ts";
import type { TenantPlace } from "../../../src/map/place.ts";
import { alteredObjects, lacking } from "../../edge/altered-objects.ts";
import { command } from "../../object/commands.ts";
import { deployment } from "../../object/deployment.ts";

/** A place whose objects are as altered, and what is asked of them, in order. */
function placeOf(tenant: string, objects: typeof env.OPERATIONS, joins = true) {
  const calls: string[] = [];
  const getByName = (name: string) =>
    new Proxy(objects.getByName(name), {
      get: (stub, method) => {
        calls.push(String(method));
        return (stub as unknown as Record<string, unknown>)[String(method)];
      },
    });
  const place = {
    deployment,
    env: { ...env, OPERATIONS: { getByName } },
    config: { jurisdiction: undefined },
    tenant,
    log: new Logger("test"),
    joins,
    keep: () => {},
  };
  return { place: place as unknown as TenantPlace, calls };
}

const opOf = (reply: Reply<Created>) => (reply.error ? undefined : reply.op);

const today = alteredObjects(() => undefined);
const eight = Array.from({ length: 8 });

describe("JoinedObject", () => {
  test("creates and reads that come together are few calls to the object", async () => {
    const { place, calls } = placeOf("joined", today);
    const made = await Promise.all(
      eight.map(() => new JoinedObject(place, 0).create(command(), 500)),
    );
    expect(new Set(made.map((reply) => opOf(reply)?.id)).size).toBe(8);
    expect(made.map((reply) => opOf(reply)?.status)).toEqual(eight.map(() => "succeeded"));
    expect(calls).toEqual(["create", "create", "callMany"]);
    calls.length = 0;
    const ids = made.map((reply) => opOf(reply)?.id ?? "");
    const read = await Promise.all(ids.map((id) => new JoinedObject(place, 0).read(id)));
    expect(read.map((text) => JSON.parse(text).op.id)).toEqual(ids);
    expect(calls).toEqual(["read", "read", "callMany"]);
  });

  test("objects that run older code get each call by itself", async () => {
    const { place, calls } = placeOf("joined-old", lacking("callMany"));
    const made = await Promise.all(
      eight.map(() => new JoinedObject(place, 0).create(command(), 500)),
    );
    expect(made.map((reply) => opOf(reply)?.status)).toEqual(eight.map(() => "succeeded"));
    expect(calls.filter((method) => method === "create").length).toBe(8);
    const ids = made.map((reply) => opOf(reply)?.id ?? "");
    const read = await Promise.all(ids.map((id) => new JoinedObject(place, 0).read(id)));
    expect(read.map((text) => JSON.parse(text).op.id)).toEqual(ids);
  });

  test("what is asked from inside of a Worker travels alone", async () => {
    const { place, calls } = placeOf("joined-inside", today, false);
    await Promise.all(eight.map(() => new JoinedObject(place, 0).create(command())));
    expect(calls).toEqual(eight.map(() => "create"));
  });

  test("creates under load share an object, their lingering apart, and no other tenant's", async () => {
    const { place } = placeOf("joined-shared", today);
    const wide = { ...place, config: { ...place.config, createShards: 4 } };
    const many = Array.from({ length: 12 });
    const shared = (of: TenantPlace, linger = 0) => sharedByCreates(of, command(), linger);
    expect(shared(wide)).toBeUndefined();
    const made = many.map(() => new JoinedObject(wide, 0).create(command()));
    const chosen = shared(wide);
    // Two calls are under way to the first one.
    expect([1, 2, 3]).toContain(chosen);
    expect(shared(wide)).toBe(chosen);
    expect(shared(wide, 500)).toBeUndefined();
    expect(shared({ ...wide, tenant: "joined-other" })).toBeUndefined();
    expect(shared({ ...wide, joins: false })).toBeUndefined();
    await Promise.all(made);
  });

  test("calls to two objects, and of two environments, do not wait for one another", async () => {
    const [one, other] = [placeOf("joined-a", today), placeOf("joined-b", today)];
    const create = (place: TenantPlace) => new JoinedObject(place, 0).create(command());
    const asked = [one, one, other, other].map(({ place }) => create(place));
    expect([one.calls, other.calls]).toEqual([
      ["create", "create"],
      ["create", "create"],
    ]);
    await Promise.all(asked);
  });
});

describe("JoinedObject.page", () => {
  const all: ListQuery = { statuses: [], kinds: [], labels: [], order: "asc", limit: 20 };

  /** A place of 8 operations, which lists are asked of. */
  async function holding(tenant: string, objects = today) {
    const made = placeOf(tenant, objects);
    const commands = eight.map(() => command({ startsAt: Date.now() + 3_600_000 }));
    await env.OPERATIONS.getByName(`${tenant}/0`).createMany(commands);
    return { ...made, page: (query: ListQuery) => new JoinedObject(made.place, 0).page(query) };
  }

  const queries = [1, 3, 20, 100].flatMap((limit) =>
    (["asc", "desc"] as const).map((order) => ({ ...all, order, limit })),
  );

  test("lists that come together are few calls, and each is what it is alone", async () => {
    const { calls, page } = await holding("joined-lists");
    const together = await Promise.all(queries.map(page));
    expect(calls).toEqual(["page", "page", "pages"]);
    for (const [index, query] of queries.entries())
      expect(together[index]).toEqual(await page(query));
    expect(together[4]?.ids.length).toBe(8);
    expect(together[2]?.coveredTo).toBe(together[2]?.ids[2]);
  });

  test("a group of lists reads 2,048 rows at most, as many as two of the largest pages", async () => {
    const asked: number[][] = [];
    const { page } = await holding(
      "joined-rows",
      alteredObjects((_, method, call) => {
        if (method !== "pages") return undefined;
        return (group) => {
          asked.push((group as ListQuery[]).map(({ limit }) => limit));
          return call(group);
        };
      }),
    );
    const limits = [1, 1, 1_000, 1_000, 48, 1, 1_000, 500, 500, 500, 48];
    await Promise.all(limits.map((limit) => page({ ...all, limit })));
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
  ] as const)("a list with %s travels alone, since it reads many rows", async (_, filter) => {
    const { calls, page } = await holding("joined-filters");
    await Promise.all(eight.map(() => page({ ...all, ...filter })));
    expect(calls).toEqual(eight.map(() => "page"));
  });

  test.each([
    ["no pages", ["pages"]],
    ["neither pages nor texts", ["page", "pages"]],
  ])(
    "objects of older code, which return %s, are asked for each list by itself",
    async (name, missing) => {
      const tenant = `joined-older-${missing.length}`;
      const { calls, page } = await holding(tenant, lacking(...missing));
      const newer = new JoinedObject(placeOf(tenant, today).place, 0);
      const found = await Promise.all(queries.map(page));
      for (const [index, query] of queries.entries()) {
        const { bytes } = found[index] ?? {};
        expect(found[index], name).toEqual({ ...(await newer.page(query)), bytes });
      }
      const isParsed = missing.length === 2;
      expect(calls.filter((method) => method === "list").length).toBe(isParsed ? 8 : 0);
    },
  );

  test("an operation that cannot be read fails the lists that show it, and no other", async () => {
    const { place, calls } = await holding("joined-damaged");
    const stub = env.OPERATIONS.getByName("joined-damaged/0");
    await runInDurableObject(stub, (_, { storage: { sql } }) => {
      sql.exec(
        "UPDATE operations SET doc = substr(doc, 2) WHERE id = (SELECT max(id) FROM operations)",
      );
    });
    const list = (limit: number) => listShards([new JoinedObject(place, 0)], { ...all, limit });
    const found = await Promise.allSettled([1, 2, 7, 8, 7, 20].map(list));
    expect(calls).toEqual(["page", "page", "pages"]);
    expect(found.map(({ status }) => status === "fulfilled")).toEqual([
      true,
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  test("a list that its group has left out is asked for alone", async () => {
    const { calls, page } = await holding(
      "joined-left-out",
      alteredObjects((_, method) => (method === "pages" ? async () => [] : undefined)),
    );
    const found = await Promise.all(eight.map(() => page(all)));
    expect(found.map(({ ids }) => ids.length)).toEqual(eight.map(() => 8));
    expect(calls).toEqual(["page", "page", "pages", ...eight.slice(2).map(() => "page")]);
  });
});
