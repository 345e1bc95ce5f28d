import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/base/duration.ts";

describe("parseDuration", () => {
  test.each([
    ["0", 0],
    ["0s", 0],
    ["300ms", 300],
    ["30s", 30_000],
    ["1m30s", 90_000],
    ["24h", 86_400_000],
    ["1.5h", 5_400_000],
    ["1.s", 1_000],
    [".5s", 500],
    ["0.1s", 100],
    ["1h2m3s4ms5us6ns", 3_723_004],
    ["4ms3s2m1h", 3_723_004],
    ["1s1s", 2_000],
    ["007s", 7_000],
    ["1500us", 2],
    ["1499us", 1],
    ["500000ns", 1],
    ["499999ns", 0],
    ["1500µs", 2],
    ["1500μs", 2],
    ["9007199254740991ms", Number.MAX_SAFE_INTEGER],
  ])("parseDuration reads %j as %d ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    ["", "nothing"],
    [" ", "a blank"],
    ["30", "a number without a unit"],
    ["s", "a unit without a number"],
    [".s", "a point without digits"],
    ["1..5s", "two points"],
    ["1.5.5s", "two fractions"],
    ["-1s", "a negative duration"],
    ["1m-1s", "a negative part"],
    ["5x", "an unknown unit"],
    ["1d", "days, which Go has not"],
    ["1S", "a unit in upper case"],
    ["1s ", "a trailing blank"],
    [" 1s", "a leading blank"],
    ["1 s", "a blank inside"],
    ["1s\n", "a trailing newline"],
    ["1e3s", "an exponent"],
    ["0x1s", "hexadecimal"],
    ["١s", "digits of another script"],
    ["1h30", "a last part without a unit"],
    ["Infinitys", "infinity"],
    ["NaNs", "not a number"],
    ["true", "a word"],
    ["9007199254740992ms", "more than can be counted exactly"],
    ["9999999999h", "far more than can be counted exactly"],
    [`${"1".repeat(400)}h`, "an endless number"],
    ["1s".repeat(33), "more than 64 characters"],
  ])("parseDuration refuses %j: %s", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("parseDuration answers a whole number of milliseconds from 0, or nothing, for any text", () => {
    const looksLikeOne = fc
      .array(fc.constantFrom("1", "9", "0", ".", "h", "m", "s", "ms", "us", "µs", "ns", "-", " "))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string(), looksLikeOne), (text) => {
        const milliseconds = parseDuration(text) ?? 0;
        expect(Number.isSafeInteger(milliseconds)).toBe(true);
        expect(milliseconds).toBeGreaterThanOrEqual(0);
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0s"],
    [1, "1ms"],
    [999, "999ms"],
    [1_000, "1s"],
    [1_500, "1s500ms"],
    [60_000, "1m"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
    [3_600_001, "1h1ms"],
    [86_400_000, "24h"],
    [259_200_000, "72h"],
  ])("formatDuration writes %d ms as %j", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test("formatDuration writes what parseDuration reads back to the same", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });
});
