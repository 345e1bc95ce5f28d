import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { others } from "../../../src/core/statistics/by-name.ts";
import { sizeOf } from "../../../src/core/statistics/histogram.ts";
import {
  type End,
  nothing,
  ofKinds,
  ofRoutes,
  type Tally,
  total,
  withCreated,
  withEnd,
  withRequests,
} from "../../../src/core/statistics/tally.ts";

/** Event is something that a tally counts. */
type Event = { readonly end: End } | { readonly route: string } | "created";

/** More names than a tally tells apart, and such as are members of every object. */
const names = [
  ...Array.from({ length: 90 }, (_, n) => `name-${n}`),
  "constructor",
  "__proto__",
  "toString",
];

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.constant("created" as const),
  fc.record({ route: fc.constantFrom(...names) }),
  fc.record({
    end: fc.record({
      kind: fc.constantFrom(...names),
      status: fc.constantFrom("succeeded" as const, "failed" as const, "canceled" as const),
      took: fc.nat(1_000_000),
    }),
  }),
);
const events = fc.array(event, { maxLength: 400, size: "max" });

function record(tally: Tally, happened: Event): Tally {
  if (happened === "created") return withCreated(tally);
  if ("end" in happened) return withEnd(tally, happened.end);
  return withRequests(tally, { [happened.route]: 1 });
}

function tallyOf(list: readonly Event[]): Tally {
  return list.reduce<Tally>(record, nothing);
}

/** Lists are long, so that there are more names than are told apart. */
const runs = { seed: 5, numRuns: 25 };

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

describe("a tally", () => {
  test("a tally counts exactly what was recorded, and tells apart no more names than it may", () => {
    fc.assert(
      fc.property(events, (list) => {
        const tally = tallyOf(list);
        const ends = list.flatMap((one) => (typeof one === "object" && "end" in one ? [one] : []));
        const routes = list.filter((one) => typeof one === "object" && "route" in one);
        expect(tally.created).toBe(list.filter((one) => one === "created").length);
        for (const status of ["succeeded", "failed", "canceled"] as const) {
          expect(tally[status]).toBe(ends.filter(({ end }) => end.status === status).length);
        }
        expect(sum(Object.values(tally.kinds).map(sizeOf))).toBe(ends.length);
        expect(sum(Object.values(tally.requests))).toBe(routes.length);
        expect(Object.keys(tally.kinds).length).toBeLessThanOrEqual(ofKinds.most + 1);
        expect(Object.keys(tally.requests).length).toBeLessThanOrEqual(ofRoutes.most + 1);
      }),
      runs,
    );
  });

  test("a name that is told apart has all that was recorded under it", () => {
    fc.assert(
      fc.property(events, (list) => {
        for (const [route, count] of Object.entries(tallyOf(list).requests)) {
          if (route === others) continue;
          const own = list.filter((one) => typeof one === "object" && "route" in one);
          expect(count).toBe(own.filter((one) => one.route === route).length);
        }
      }),
      runs,
    );
  });

  test("a tally does not depend on the order in which things happened", () => {
    const shuffled = events.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(tallyOf(other)).toEqual(tallyOf(list));
      }),
      runs,
    );
  });

  test("total is exact, commutative and associative, and nothing is its zero", () => {
    fc.assert(
      fc.property(events, events, events, (a, b, c) => {
        const [x, y, z] = [tallyOf(a), tallyOf(b), tallyOf(c)];
        expect(total(x, y)).toEqual(tallyOf([...a, ...b]));
        expect(total(x, y)).toEqual(total(y, x));
        expect(total(total(x, y), z)).toEqual(total(x, total(y, z)));
        expect(total(x, nothing)).toEqual(x);
        expect(total(nothing, x)).toEqual(x);
      }),
      runs,
    );
  });

  test("recording leaves a tally as it was", () => {
    const before = Object.freeze(tallyOf(["created", { route: "/a" }]));
    const text = JSON.stringify(before);
    record(before, { route: "/a" });
    record(before, { end: { kind: "echo", status: "failed", took: 1 } });
    expect(JSON.stringify(before)).toBe(text);
  });
});
