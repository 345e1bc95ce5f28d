import { describe, expect, test, vi } from "vitest";
import { Logger } from "../../src/base/log.ts";
import type { TenantPlace } from "../../src/map/place.ts";
import { Shards, unreachable } from "../../src/map/shards.ts";

/** The shards of a tenant whose objects are their names, and which are told what is logged. */
function shardsOf(count: number) {
  const log = new Logger("test");
  const error = vi.spyOn(log, "error").mockImplementation(() => {});
  const deployment = { namespaceIn: () => ({ getByName: (name: string) => ({ name }) }) };
  const place = { deployment, config: { shards: count }, tenant: "acme", log };
  return { shards: new Shards(place as unknown as TenantPlace), error };
}

const nameOf = (stub: unknown) => (stub as { name: string }).name;
const shardOf = (item: string) => Number(item.slice(1));

/** Doubles its items, but for shard 1, which cannot be reached. */
async function ask(stub: unknown, own: readonly string[]): Promise<string[]> {
  if (nameOf(stub) === "acme/1") throw new Error("out of reach");
  return own.map((item) => item + item);
}

describe("Shards", () => {
  test("each asks every shard, in their order", async () => {
    const { shards } = shardsOf(3);
    const names = await shards.each(async (stub, shard) => [nameOf(stub), shard]);
    expect(names).toEqual([
      ["acme/0", 0],
      ["acme/1", 1],
      ["acme/2", 2],
    ]);
  });

  test("of is the object that an id names, also beyond SHARDS, and none for what is no id", () => {
    const { shards } = shardsOf(1);
    expect(shards.of("no-id")).toBeUndefined();
    expect(nameOf(shards.of("01m803hdvb0000000ztj2s59beh0pd"))).toMatch(/^acme\/\d+$/);
  });

  test("batches asks some at a time, and all once", async () => {
    const { shards } = shardsOf(5);
    let underWay = 0;
    let most = 0;
    const found: string[] = [];
    const slowly = async (stub: unknown) => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
      return nameOf(stub);
    };
    for await (const names of shards.batches(2, slowly)) found.push(...names);
    expect(found).toEqual(["acme/0", "acme/1", "acme/2", "acme/3", "acme/4"]);
    expect(most).toBe(2);
  });

  test("for fails the items of an object that fails, and no others", async () => {
    const { shards, error } = shardsOf(3);
    const found = await shards.for(["a0", "b1", "c2", "d0"], shardOf, ask);
    expect([...found]).toEqual([
      ["a0", "a0a0"],
      ["d0", "d0d0"],
      ["b1", unreachable],
      ["c2", "c2c2"],
    ]);
    expect(error).toHaveBeenCalledOnce();
  });

  test("for throws where the one object that is asked fails", async () => {
    const { shards } = shardsOf(3);
    await expect(shards.for(["b1", "c1"], shardOf, ask)).rejects.toThrow("out of reach");
  });

  test("forAll throws where any object fails", async () => {
    const { shards } = shardsOf(3);
    await expect(shards.forAll(["a0", "b1"], shardOf, ask)).rejects.toThrow("out of reach");
    expect([...(await shards.forAll(["a0", "c2"], shardOf, ask))]).toEqual([
      ["a0", "a0a0"],
      ["c2", "c2c2"],
    ]);
  });
});
