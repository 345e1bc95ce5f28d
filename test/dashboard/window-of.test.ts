import { describe, expect, it } from "vitest";
import { windowOf } from "../../src/dashboard/state/window-of.ts";

describe("windowOf", () => {
  it.each([
    ["the top", [10_000, 38, 0, 600], { first: 0, end: 28 }],
    ["the middle", [10_000, 38, 38_000, 600], { first: 988, end: 1_028 }],
    ["the end", [10_000, 38, 379_400, 600], { first: 9_972, end: 10_000 }],
    ["a short list", [3, 38, 0, 600], { first: 0, end: 3 }],
    ["no list", [0, 38, 0, 600], { first: 0, end: 0 }],
    [
      "a list that has become shorter than it is scrolled",
      [5, 38, 9_000, 600],
      { first: 5, end: 5 },
    ],
  ] as const)("draws what is seen of %s", (_, [count, height, top, view], expected) => {
    expect(windowOf(count, height, top, view)).toEqual(expected);
  });
});
