import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scaleOf } from "../../src/dashboard/state/operation/scale.ts";

const life = { from: 1_000, to: 11_000 };

describe("scaleOf", () => {
  it("is even where work fills much of the life", () => {
    const scale = scaleOf(life, [{ from: 2_000, to: 8_000 }]);
    expect(scale.isShortened).toBe(false);
    expect([1_000, 6_000, 11_000].map(scale.placeOf)).toEqual([0, 0.5, 1]);
    expect([0, 0.5, 1].map(scale.timeAt)).toEqual([1_000, 6_000, 11_000]);
  });

  it("draws a wait as a quarter of all work at most, where work would be too small to see", () => {
    // 400 ms of work, a wait of a day, and 400 ms more.
    const day = 86_400_000;
    const busy = [
      { from: day + 400, to: day + 800 },
      { from: 0, to: 400 },
    ];
    const scale = scaleOf({ from: 0, to: day + 800 }, busy);
    expect(scale.isShortened).toBe(true);
    expect([0, 400, day + 400, day + 800].map(scale.placeOf)).toEqual([0, 0.4, 0.6, 1]);
    expect(scale.timeAt(0.2)).toBeCloseTo(200);
  });

  it("leaves half to the work, however many waits there are", () => {
    const busy = Array.from({ length: 50 }, (_, n) => ({ from: n * 60_000, to: n * 60_000 + 100 }));
    const scale = scaleOf({ from: 0, to: 49 * 60_000 + 100 }, busy);
    const drawn = busy.map(({ from, to }) => scale.placeOf(to) - scale.placeOf(from));
    expect(drawn.reduce((sum, share) => sum + share)).toBeCloseTo(0.5);
  });

  it("is even where nothing has been worked on yet, or where no time has passed", () => {
    expect(scaleOf(life, []).placeOf(6_000)).toBe(0.5);
    expect(scaleOf({ from: 5, to: 5 }, [{ from: 5, to: 5 }]).placeOf(5)).toBe(0);
  });

  it("keeps the order of times, from 0 to 1, whatever was worked on, and timeAt undoes placeOf", () => {
    const span = fc
      .tuple(fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 0, max: 3_000 }))
      .map(([from, length]) => ({ from, to: from + length }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 6 }), (busy) => {
        const scale = scaleOf(life, busy);
        const places = Array.from({ length: 101 }, (_, n) => scale.placeOf(1_000 + n * 100));
        expect(places[0]).toBe(0);
        expect(places.at(-1)).toBeCloseTo(1);
        expect(places.toSorted((a, b) => a - b)).toEqual(places);
        for (const [n, place] of places.entries()) {
          expect(Math.abs(scale.timeAt(place) - (1_000 + n * 100))).toBeLessThan(1);
        }
      }),
    );
  });
});
