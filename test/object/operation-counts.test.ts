import { expect, it } from "vitest";
import { OperationCounts } from "../../src/object/trends/operation-counts.ts";

/** A map of so many operations, and how often it has been counted. */
function mapOf(count: number) {
  const map = { count, counted: 0 };
  const counts = new OperationCounts({
    counts: () => {
      map.counted += 1;
      return [
        { kind: "echo", status: "running", count: 1 },
        { kind: "echo", status: "succeeded", count: map.count - 1 },
      ];
    },
  });
  const total = (now: number) => counts.read(now).reduce((sum, one) => sum + one.count, 0);
  return { map, total };
}

it("OperationCounts counts up to 1,000 operations each time", () => {
  const { map, total } = mapOf(1_000);
  expect(total(0)).toBe(1_000);
  map.count = 900;
  expect(total(0)).toBe(900);
  expect(map.counted).toBe(2);
});

it.each([
  [1_001, 50],
  [10_000, 500],
  [200_000, 10_000],
  [5_000_000, 60_000],
])("OperationCounts uses the count of %i operations for %i ms", (count, time) => {
  const { map, total } = mapOf(count);
  total(1_000);
  map.count += 1;
  expect(total(1_000 + time - 1)).toBe(count);
  expect(map.counted).toBe(1);
  expect(total(1_000 + time)).toBe(count + 1);
  expect(map.counted).toBe(2);
});

it("OperationCounts counts anew when the clock has gone back", () => {
  const { map, total } = mapOf(100_000);
  total(10_000);
  map.count = 5;
  expect(total(9_999)).toBe(5);
});
