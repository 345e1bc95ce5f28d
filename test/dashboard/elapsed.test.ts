import { describe, expect, it } from "vitest";
import { byteSize } from "../../src/dashboard/state/byte-size.ts";
import { ago, elapsed, shortDuration } from "../../src/dashboard/state/elapsed.ts";
import type { Row } from "../../src/dashboard/state/row.ts";

describe("ago", () => {
  it.each([
    [-9_000, "just now"],
    [4_999, "just now"],
    [5_000, "5 s ago"],
    [59_999, "59 s ago"],
    [60_000, "1 min ago"],
    [3_599_999, "59 min ago"],
    [3_600_000, "1 h ago"],
    [86_400_000, "1 d ago"],
    [604_799_999, "6 d ago"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(ago(1_000_000_000_000 - milliseconds, 1_000_000_000_000)).toBe(text);
  });

  it("names the day once a week has passed", () => {
    expect(ago(Date.UTC(2026, 10, 12, 12), Date.UTC(2026, 10, 26))).toMatch(/12.*2026/);
  });
});

describe("shortDuration", () => {
  it.each([
    [0, "0 ms"],
    [-5, "0 ms"],
    [999, "999 ms"],
    [1_000, "1.0 s"],
    [9_949, "9.9 s"],
    [9_999, "10 s"],
    [59_400, "59 s"],
    [59_600, "1m 00s"],
    [245_000, "4m 05s"],
    [3_600_000, "1h 00m"],
    [7_380_000, "2h 03m"],
    [273_600_000, "3d 4h"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(shortDuration(milliseconds)).toBe(text);
  });
});

describe("elapsed", () => {
  it("runs until the end, and is never negative", () => {
    const row = { createdAt: 1_000, finishedAt: undefined } as Row;
    expect(elapsed(row, 4_000)).toBe(3_000);
    expect(elapsed(row, 500)).toBe(0);
    expect(elapsed({ ...row, finishedAt: 2_500 }, 9_000)).toBe(1_500);
  });
});

describe("byteSize", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_500, "1.5 kB"],
    [8_388_608, "8.4 MB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(byteSize(bytes)).toBe(text);
  });
});
