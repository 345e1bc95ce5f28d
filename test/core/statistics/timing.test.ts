import { expect, test } from "vitest";
import { addTo, durations, plusTiming, spreadOf } from "../../../src/core/statistics/timing.ts";

function timing(...list: number[]) {
  const all = durations();
  for (const milliseconds of list) addTo(all, milliseconds);
  return all;
}

test("addTo counts a duration in the sum and in one bucket; a negative one is 0", () => {
  expect(timing(5, 5, 0, -3)).toEqual({ total: 10, histogram: { 0: 2, 10: 2 } });
});

test("plusTiming is what counting both together gives", () => {
  expect(plusTiming(timing(1, 900), timing(5))).toEqual(timing(900, 5, 1));
});

test("spreadOf is the mean and the ends of the buckets of the quantiles; of nothing there is none", () => {
  expect(spreadOf(timing())).toBeUndefined();
  expect(spreadOf(timing(...Array.from({ length: 99 }, () => 10), 3_000))).toEqual({
    mean: 39.9,
    p50: 11,
    p95: 11,
    p99: 11,
  });
  expect(spreadOf(timing(10, 3_000))?.p99).toBe(3_444);
});
