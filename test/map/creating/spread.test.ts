import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "../../../src/map/creating/check.ts";
import { spread } from "../../../src/map/creating/spread.ts";
import { roomFor } from "../../../src/object/schedule/concurrency.ts";
import { alteredObjects } from "../../edge/altered-objects.ts";
import { command } from "../../object/commands.ts";
import { placeOf } from "../place-of.ts";

const upstreams = {
  slow: { url: "https://slow.test", maxConcurrent: 2 },
  free: { url: "https://free.test" },
};

/** A tenant's place with so many objects for creates. */
function placeWith(createShards: number) {
  const { place } = placeOf(
    "spread",
    alteredObjects(() => undefined),
  );
  const env = {
    ...place.env,
    EXTERNAL_KINDS: "any, one:1, three:3, many:49",
    MAX_CONCURRENT: "50",
    UPSTREAMS: JSON.stringify(upstreams),
  };
  return { ...place, env, config: { ...place.config, createShards } };
}

const external = (kind: string) => () => command({ kind, external: true });
const requesting = (name: "slow" | "free") => () =>
  command({ kind: "http", upstream: { name, method: "GET", path: "/" } });

const sorts = {
  any: external("any"),
  one: external("one"),
  three: external("three"),
  many: external("many"),
  echo: () => command(),
  slow: requesting("slow"),
  free: requesting("free"),
};

type Sort = keyof typeof sorts;
const times = (count: number, sort: Sort) => Array.from({ length: count }, sorts[sort]);

/** How many of some creates each object gets, the most first. */
function shares(places: ReadonlyMap<Command, number>, of = (_: Command) => true): number[] {
  const some = [...places].filter(([one]) => of(one));
  return [...Map.groupBy(some, ([, shard]) => shard).values()]
    .map(({ length }) => length)
    .toSorted((one, other) => other - one);
}

test.each<[count: number, sort: Sort, shares: readonly number[]]>([
  [100, "any", [100]],
  [2, "one", [1, 1]],
  [3, "three", [3]],
  [4, "three", [2, 2]],
  [30, "three", [8, 8, 7, 7]],
  [49, "many", [49]],
  [50, "many", [25, 25]],
  [100, "echo", [50, 50]],
  [4, "slow", [2, 2]],
  [50, "free", [50]],
])("spread divides %i of the sort %s among four objects as %j", (count, sort, divided) => {
  expect(shares(spread(placeWith(4), times(count, sort), 3))).toEqual(divided);
});

test("spread begins where it is told, and goes on from the first object after the last one", () => {
  const all = times(3, "one");
  expect([...spread(placeWith(4), all, 3).values()]).toEqual([3, 0, 1]);
  expect([...spread(placeWith(1), all, 0).values()]).toEqual([0, 0, 0]);
  expect(spread(placeWith(4), [], 2).size).toBe(0);
});

test("spread takes one object for kinds of outside workers that it could all do at once", () => {
  const all = [...times(3, "three"), ...times(1, "one"), ...times(40, "many")];
  expect(shares(spread(placeWith(4), all, 0))).toEqual([44]);
});

test("spread takes no more objects than could do all at once, and divides each sort evenly", () => {
  const some = fc.array(fc.constantFrom(...(Object.keys(sorts) as Sort[])), { maxLength: 100 });
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 16 }), fc.nat(), (asked, shards, from) => {
      const place = placeWith(shards);
      const all = asked.map((sort) => sorts[sort]());
      const places = spread(place, all, from % shards);
      expect(places.size).toBe(all.length);
      const rooms = all.map((one) => 1 / roomFor(place.deployment, place.env, one));
      const needed = Math.ceil(rooms.reduce((sum, one) => sum + one, 0) - 1e-9);
      const used = shares(places).length;
      expect(used).toBeLessThanOrEqual(Math.max(1, Math.min(shards, needed)));
      for (const sort of new Set(all.map(({ kind, upstream }) => upstream?.name ?? kind))) {
        const of = shares(places, ({ kind, upstream }) => (upstream?.name ?? kind) === sort);
        const least = of.length < used ? 0 : (of.at(-1) ?? 0);
        expect((of[0] ?? 0) - least).toBeLessThanOrEqual(1);
      }
      // If there are objects enough, nothing waits in one while another has room.
      if (needed > shards) return;
      for (const [one] of places) {
        const room = roomFor(place.deployment, place.env, one);
        const isBeside = ({ kind, upstream }: Command) =>
          kind === one.kind && upstream?.name === one.upstream?.name;
        expect(shares(places, isBeside)[0]).toBeLessThanOrEqual(room);
      }
      expect(shares(places, (one) => !one.external)[0] ?? 0).toBeLessThanOrEqual(50);
    }),
  );
});
