import { describe, expect, it } from "vitest";
import type { Trends } from "../../src/core/statistics/trends.ts";
import {
  durationsOf,
  isBlank,
  loadOf,
  requestsOf,
  shareOf,
  throughputOf,
  timesOf,
  totalsOf,
  worded,
} from "../../src/dashboard/state/trends/plots.ts";

const trends: Trends = {
  range: "15m",
  from: "2030-01-02T02:49:10.000Z",
  to: "2030-01-02T02:49:40.000Z",
  at: "2030-01-02T02:49:35.000Z",
  step: 10_000,
  created: [0, 20, 10],
  succeeded: [0, 10, 5],
  failed: [0, 5, 5],
  canceled: [0, 1, 0],
  running: [null, 3, 0],
  waiting: [null, 9, 0],
  asking: [null, 1, 0],
  parked: [null, 4, 0],
  kinds: { echo: { finished: [0, 1, 1], p50: [null, 2, 1], p95: [null, 3, 1], p99: [null, 4, 1] } },
  requests: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`/r${i}`, [0, 10 * i, i]])),
};

const valuesOf = (plot: { series: readonly { name: string; values: unknown }[] }) =>
  Object.fromEntries(plot.series.map(({ name, values }) => [name, values]));

describe("plots", () => {
  it("timesOf is the seconds of each step", () => {
    const first = Date.parse(trends.from) / 1_000;
    expect(timesOf(trends)).toEqual([first, first + 10, first + 20]);
  });

  it("throughputOf is per second, of the last step for the part that is over", () => {
    expect(valuesOf(throughputOf(trends))).toEqual({
      created: [0, 2, 2],
      finished: [0, 1.6, 2],
      failed: [0, 0.5, 1],
    });
  });

  it("throughputOf makes no storm of one request in a step that has just begun", () => {
    const begun = { ...trends, at: "2030-01-02T02:49:30.001Z" };
    expect(valuesOf(throughputOf(begun)).created).toEqual([0, 2, 4]);
  });

  it("loadOf counts each operation once, and leaves open what is not known", () => {
    expect(valuesOf(loadOf(trends))).toEqual({
      running: [null, 2, 0],
      asking: [null, 1, 0],
      waiting: [null, 5, 0],
      parked: [null, 4, 0],
    });
  });

  it("totalsOf is the sums over all steps, and shareOf a part of what has ended, rounded down", () => {
    const totals = totalsOf(trends);
    expect(totals).toEqual({ created: 30, succeeded: 15, failed: 10, canceled: 1 });
    expect(shareOf(15, totals)).toBe("57.6%");
    const almost = { created: 0, succeeded: 99_999, failed: 1, canceled: 0 };
    expect([shareOf(99_999, almost), shareOf(1, almost)]).toEqual(["99.9%", "0%"]);
    const none = { created: 1, succeeded: 0, failed: 0, canceled: 0 };
    expect(shareOf(0, none)).toBe("");
  });

  it("durationsOf is of one kind, and blank for one that has none", () => {
    expect(valuesOf(durationsOf(trends, "echo"))).toEqual({
      p50: [null, 2, 1],
      p95: [null, 3, 1],
      p99: [null, 4, 1],
    });
    expect(isBlank(durationsOf(trends, "constructor"))).toBe(true);
    expect(isBlank(durationsOf(trends, "echo"))).toBe(false);
  });

  it("requestsOf is the busiest routes, and the others together", () => {
    const { series } = requestsOf(trends);
    expect(series.map(({ name }) => name)).toEqual(["/r7", "/r6", "/r5", "/r4", "/r3", "2 more"]);
    expect(series.map(({ values }) => values[1])).toEqual([7, 6, 5, 4, 3, 3]);
    expect(new Set(series.map(({ color }) => color)).size).toBe(6);
  });

  it.each([
    [null, "count", "–"],
    [undefined, "rate", "–"],
    [0, "rate", "0/s"],
    [0.333, "rate", "0.33/s"],
    [54.83, "rate", "54.8/s"],
    [1234.5, "rate", "1,235/s"],
    [12_345, "count", "12,345"],
    [3_200, "duration", "3.2 s"],
  ] as const)("worded writes %j as a %s: %s", (value, unit, text) => {
    expect(worded(value, unit)).toBe(text);
  });
});
