import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { others } from "../../../src/core/statistics/by-name.ts";
import { sizeOf } from "../../../src/core/statistics/histogram.ts";
import {
  Counting,
  mostKinds,
  noTotals,
  plusTotals,
  type Totals,
} from "../../../src/core/statistics/totals.ts";

/** More names than are told apart, and such as are members of every object. */
const names = [...Array.from({ length: 60 }, (_, n) => `kind-${n}`), "constructor", "__proto__"];

const event = fc.record({
  kind: fc.constantFrom(...names),
  what: fc.constantFrom("created", "succeeded", "failed", "canceled", "lost", "start", "finish"),
  took: fc.nat(10_000_000),
});
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;
const events = fc.array(event, { maxLength: 300, size: "max" });

function totalsOf(list: readonly Event[]): Totals {
  const counting = new Counting();
  for (const { kind, what, took } of list) {
    if (what === "start" || what === "finish") counting.took(kind, what, took);
    else counting.count(kind, what as "created");
  }
  return counting.totals();
}

const runs = { seed: 15, numRuns: 25 };

describe("Counting", () => {
  test("counts each thing once, and tells apart no more kinds than it may", () => {
    fc.assert(
      fc.property(events, (list) => {
        const kinds = Object.entries(totalsOf(list).kinds);
        const all = (what: string) => list.filter((one) => one.what === what);
        for (const what of ["created", "succeeded", "failed", "canceled", "lost"] as const) {
          expect(kinds.reduce((sum, [, of]) => sum + of[what], 0)).toBe(all(what).length);
        }
        for (const what of ["start", "finish"] as const) {
          const total = kinds.reduce((sum, [, of]) => sum + of[what].total, 0);
          const size = kinds.reduce((sum, [, of]) => sum + sizeOf(of[what].histogram), 0);
          expect(size).toBe(all(what).length);
          expect(total).toBe(all(what).reduce((sum, { took }) => sum + took, 0));
        }
        expect(kinds.length).toBeLessThanOrEqual(mostKinds + 1);
      }),
      runs,
    );
  });

  test("a kind that is told apart has all that was counted of it", () => {
    fc.assert(
      fc.property(events, (list) => {
        for (const [kind, { created }] of Object.entries(totalsOf(list).kinds)) {
          if (kind === others) continue;
          const own = list.filter((one) => one.kind === kind && one.what === "created");
          expect(created).toBe(own.length);
        }
      }),
      runs,
    );
  });
});

describe("plusTotals", () => {
  test("is exact, whatever the order, and nothing is its zero", () => {
    const few = events.map((list) => list.filter(({ kind }) => names.indexOf(kind) < mostKinds));
    fc.assert(
      fc.property(few, few, (a, b) => {
        const [x, y] = [totalsOf(a), totalsOf(b)];
        expect(plusTotals(x, y)).toEqual(totalsOf([...a, ...b]));
        expect(plusTotals(x, y)).toEqual(plusTotals(y, x));
        expect(plusTotals(x, noTotals)).toEqual(x);
      }),
      runs,
    );
  });

  test("adds up what belongs to no kind, and keeps what it does not know", () => {
    const one = new Counting();
    one.happened("limit.storage");
    const newer = { ...one.totals(), later: 1 };
    expect(plusTotals(newer, one.totals())).toEqual({
      kinds: {},
      counts: { "limit.storage": 2 },
      later: 1,
    });
  });
});
