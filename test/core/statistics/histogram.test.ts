import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Histogram,
  histogramOf,
  joined,
  quantiles,
  sizeOf,
} from "../../../src/core/statistics/histogram.ts";

const durations = fc.array(fc.oneof(fc.nat(20), fc.nat(10_000), fc.nat(2_592_000_000)), {
  maxLength: 60,
});
const some = fc.array(fc.nat(2_592_000_000), { minLength: 1, maxLength: 60 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

function histogram(list: readonly number[]): Histogram {
  return list.map(histogramOf).reduce<Histogram>(joined, {});
}

describe("histogramOf", () => {
  test.each([
    [-5, 0],
    [0, 0],
    [1, 1],
    [2, 5],
    [3, 7],
    [4, 9],
    [5, 10],
    [1_023, 40],
    [1_024, 41],
    [2 ** 29, 117],
    [2 ** 40, 161],
  ])("histogramOf puts %d ms into bucket %i", (milliseconds, bucket) => {
    expect(histogramOf(milliseconds)).toEqual({ [bucket]: 1 });
  });
});

describe("joined", () => {
  test("joined is exact, commutative and associative, and nothing is its zero", () => {
    fc.assert(
      fc.property(durations, durations, durations, (a, b, c) => {
        const [x, y, z] = [histogram(a), histogram(b), histogram(c)];
        expect(sizeOf(joined(x, y))).toBe(a.length + b.length);
        expect(joined(x, y)).toEqual(histogram([...a, ...b]));
        expect(joined(x, y)).toEqual(joined(y, x));
        expect(joined(joined(x, y), z)).toEqual(joined(x, joined(y, z)));
        expect(joined(x, {})).toEqual(x);
      }),
      { seed: 5 },
    );
  });
});

describe("quantiles", () => {
  test("quantiles are at least the true ones, and at most a fifth above", () => {
    fc.assert(
      fc.property(some, fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1), (list, q) => {
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
        const [answer] = quantiles(histogram(list), [q]);
        expect(answer).toBeGreaterThanOrEqual(exact);
        expect(answer).toBeLessThanOrEqual(1.2 * exact);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("quantiles never fall as the share rises", () => {
    fc.assert(
      fc.property(some, share, share, (list, a, b) => {
        const [low, high] = quantiles(histogram(list), [Math.min(a, b), Math.max(a, b)]);
        expect(low).toBeLessThanOrEqual(high ?? Number.NaN);
      }),
      { seed: 5 },
    );
  });

  test.each([
    [[], [0.5, 1], [null, null]],
    [[0], [0.5, 1], [0, 0]],
    [[1], [0.5, 1], [1, 1]],
    [
      [1, 1, 1, 100],
      [0.75, 0.76, 1],
      [1, 107, 107],
    ],
    [[2_592_000_000], [1], [3_037_000_499]],
  ])("quantiles of %j ms at %j are %j", (list, shares, expected) => {
    expect(quantiles(histogram(list), shares)).toEqual(expected);
  });
});
