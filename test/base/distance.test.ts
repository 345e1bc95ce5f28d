import fc from "fast-check";
import { distance as known } from "fastest-levenshtein";
import { expect, it } from "vitest";
import { distance } from "../../src/base/distance.ts";

it("distance is Levenshtein's", () => {
  const text = fc.stringMatching(/^[a-d]{0,12}$/);
  const near = fc.property(text, text, (a, b) => {
    expect(distance(a, b)).toBe(known(a, b));
  });
  fc.assert(near, { seed: 11, numRuns: 2_000 });
});
