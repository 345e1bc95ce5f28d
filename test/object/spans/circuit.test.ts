import { describe, expect, it } from "vitest";
import {
  closed,
  firstPause,
  isOpen,
  longestPause,
  opened,
} from "../../../src/object/spans/circuit.ts";

const now = 1_000_000_000;

describe("opened", () => {
  it.each([
    [0, firstPause],
    [1, 2 * firstPause],
    [3, 8 * firstPause],
    [4, longestPause],
    [5_000, longestPause],
  ])("after %i failures leaves the collector alone for %i ms at most", (failures, pause) => {
    const before = { failures, until: 0 };
    expect(opened(before, now, 0, 1)).toEqual({ failures: failures + 1, until: now + pause });
    expect(opened(before, now, 0, 0).until).toBe(now + 0.8 * pause);
  });

  it("leaves it alone for as long as it asks for, within the longest pause", () => {
    expect(opened(closed, now, 300_000, 1).until).toBe(now + 300_000);
    expect(opened(closed, now, Number.MAX_VALUE, 1).until).toBe(now + longestPause);
  });
});

describe("isOpen", () => {
  it.each([
    ["closed", closed, now, false],
    ["before its end", { failures: 1, until: now + 1 }, now, true],
    ["at its end", { failures: 1, until: now }, now, false],
    ["by a clock that went back", { failures: 1, until: now + longestPause + 1 }, now, false],
  ])("is right of one %s", (_, circuit, at, is) => {
    expect(isOpen(circuit, at)).toBe(is);
  });
});
