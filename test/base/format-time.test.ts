import { expect, test } from "vitest";
import { formatTime } from "../../src/base/format-time.ts";

test("formatTime writes what toISOString does", () => {
  const odd = [0, 1, 9, 10, 99, 100, 999, 1_000, 59_999, 60_000, -1, -60_000, -60_001, 1.5, -0.5];
  const far = [Date.UTC(2026, 1, 28, 23, 59, 59, 999), 8.64e15, -8.64e15, 253_402_300_800_000];
  // More minutes than are kept.
  const many = Array.from({ length: 300 }, (_, n) => 1_764_000_000_000 + n * 59_011);
  for (const time of [...odd, ...far, ...many, ...many]) {
    expect(formatTime(time)).toBe(new Date(time).toISOString());
  }
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])(
  "formatTime throws for %d, which no Date holds",
  (time) => {
    expect(() => formatTime(time)).toThrow(RangeError);
  },
);
