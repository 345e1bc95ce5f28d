import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { homes, objectName, shareOf } from "../../src/core/shard.ts";
import { character } from "./characters.ts";

/**
 * jump is the hash of Lamping and Veach, written from the C++ of their paper (figure 1), to hold
 * homes against: stored keys depend on its answers for ever.
 */
function jump(hash: bigint, buckets: number): number {
  let key = hash;
  let b = -1;
  let j = 0;
  while (j < buckets) {
    b = j;
    key = (key * 2862933555777941757n + 1n) & 0xffffffffffffffffn;
    j = Math.floor((b + 1) * (2147483648 / Number((key >> 33n) + 1n)));
  }
  return b;
}

function home(key: string, shards: number): number {
  return homes(key, shards).at(-1) ?? -1;
}

const keys = Array.from({ length: 16_000 }, (_, i) => `key-${i}`);
const shardCount = fc.integer({ min: 1, max: 4096 });

describe("objectName", () => {
  test.each([
    ["default", 0, "default/0"],
    ["acme", 4095, "acme/4095"],
    ["a/b", 3, "a/b/3"],
  ])("objectName(%j, %d) is %j", (tenant, shard, name) => {
    expect(objectName(tenant, shard)).toBe(name);
  });

  test("objectName never gives two tenants or two shards one object", () => {
    const tenant = fc.stringMatching(/^[a1/]{1,4}$/);
    const place = fc.tuple(tenant, fc.nat({ max: 20 }));
    fc.assert(
      fc.property(place, place, (a, b) => {
        const same = a[0] === b[0] && a[1] === b[1];
        expect(objectName(...a) === objectName(...b)).toBe(same);
      }),
      { seed: 17, numRuns: 2_000 },
    );
  });
});

describe("shareOf", () => {
  test.each([
    [100, 1, 100],
    [100, 8, 13],
    [1, 8, 1],
    [Number.POSITIVE_INFINITY, 8, Number.POSITIVE_INFINITY],
  ])("shareOf %d over %d objects is %d", (limit, shards, share) => {
    expect(shareOf(limit, shards)).toBe(share);
  });
});

describe("homes", () => {
  test("jump, which homes is held against, answers as published", () => {
    // The example of github.com/lithammer/go-jump-consistent-hash.
    expect(jump(256n, 1024)).toBe(520);
  });

  // FNV-1a of 64 bits, as the authors' own test vectors have it (Fowler, Noll, Vo).
  test.each([
    ["", 0xcbf29ce484222325n],
    ["a", 0xaf63dc4c8601ec8cn],
    ["foobar", 0x85944171f73967e8n],
  ])(
    "homes of %j ends at the jump hash of the key's FNV-1a, for every number of shards",
    (key, hash) => {
      const counts = Array.from({ length: 4096 }, (_, i) => i + 1);
      expect(counts.map((shards) => home(key, shards))).toEqual(
        counts.map((shards) => jump(hash, shards)),
      );
    },
  );

  test("homes of a deployment with one shard is that shard", () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), (key) => {
        expect(homes(key, 1)).toEqual([0]);
      }),
      { seed: 17 },
    );
  });

  test("homes names shards that exist, each once, oldest first", () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), shardCount, (key, shards) => {
        const found = homes(key, shards);
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        expect(found.every((shard) => Number.isInteger(shard) && shard >= 0)).toBe(true);
        expect(found.at(-1)).toBeLessThan(shards);
      }),
      { seed: 17 },
    );
  });

  test("homes under more shards holds the home of a key under every smaller number", () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), shardCount, shardCount, (key, a, b) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)];
        expect(homes(key, many)).toContain(home(key, few));
      }),
      { seed: 17, numRuns: 1_000 },
    );
  });

  test("homes names no shard that was never a home", () => {
    for (const key of keys.slice(0, 100)) {
      const once = new Set(Array.from({ length: 256 }, (_, i) => home(key, i + 1)));
      expect(new Set(homes(key, 256))).toEqual(once);
    }
  });

  test("homes: a shard more takes its share of the keys and moves no other", () => {
    for (const shards of [1, 2, 15, 255]) {
      const moved = keys.filter((key) => home(key, shards + 1) !== home(key, shards));
      expect(moved.every((key) => home(key, shards + 1) === shards)).toBe(true);
      const share = keys.length / (shards + 1);
      expect(Math.abs(moved.length - share)).toBeLessThan(5 * Math.sqrt(share));
    }
  });

  test.each([2, 7, 16, 256])("homes spreads keys evenly over %d shards", (shards) => {
    const counts = new Array<number>(shards).fill(0);
    for (const key of keys) counts[home(key, shards)] = (counts[home(key, shards)] ?? 0) + 1;
    const share = keys.length / shards;
    const chiSquare = counts.reduce((sum, count) => sum + (count - share) ** 2 / share, 0);
    // Four standard deviations above the mean of chi-square.
    expect(chiSquare).toBeLessThan(shards - 1 + 4 * Math.sqrt(2 * (shards - 1)));
  });

  test.each([2, 16, 4096])("homes before the last number less than ln(%d) on average", (shards) => {
    const earlier = keys.reduce((sum, key) => sum + homes(key, shards).length - 1, 0);
    const mean = earlier / keys.length;
    // The chance that shard i was ever a home is 1 / (i + 1).
    const expected = Array.from({ length: shards - 1 }, (_, i) => 1 / (i + 2)).reduce(
      (sum, chance) => sum + chance,
    );
    expect(mean).toBeLessThan(Math.log(shards));
    expect(Math.abs(mean - expected)).toBeLessThan(0.1);
  });
});
