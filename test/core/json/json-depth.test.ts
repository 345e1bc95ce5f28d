import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { depthOf } from "../../../src/core/json/json-depth.ts";

describe("depthOf", () => {
  it.each([
    ["1", 0],
    ["[]", 1],
    ["{}", 1],
    ['[[],{"a":[]}]', 3],
    ['"[[["', 0],
    ['["[[[",{"]]":"\\"[["}]', 2],
    ['["\\\\",[]]', 2],
    ["[[],[],[]]", 2],
    // Cut off in a string, and in an escape.
    ['[["[[', 2],
    ['[["\\', 2],
    [`${"[".repeat(30_000)}${"]".repeat(30_000)}`, 30_000],
  ])("of %.20s is %i", (json, depth) => {
    expect(depthOf(json)).toBe(depth);
  });

  it("is how deep the value itself nests", () => {
    const nested = (value: unknown): number =>
      typeof value === "object" && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(nested))
        : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 2), (value, space) => {
        expect(depthOf(JSON.stringify(value, null, space))).toBe(nested(value));
      }),
    );
  });
});
