import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoff, once, type RetryPolicy } from "../../src/core/retry.ts";

const policy: RetryPolicy = {
  maxAttempts: 10,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
};

describe("backoff", () => {
  test.each([
    [1, 0, 1_000],
    [2, 0, 2_000],
    [3, 0, 4_000],
    [6, 0, 32_000],
    [7, 0, 60_000],
    [8, 0, 60_000],
    [1, 0.5, 750],
    [1, 1, 500],
    [3, 1, 2_000],
    [7, 1, 30_000],
    [1, 0.3333, 833],
  ])("backoff after attempt %d with jitter %d is %d ms", (attempt, jitter, wait) => {
    expect(backoff(policy, attempt, jitter)).toBe(wait);
  });

  test("backoff with coefficient 1 never grows", () => {
    const steady = { ...policy, backoffCoefficient: 1 };
    expect([1, 2, 50].map((attempt) => backoff(steady, attempt, 0))).toEqual([1_000, 1_000, 1_000]);
  });

  test("backoff is capped from the first attempt on", () => {
    expect(backoff({ ...policy, maximumInterval: 100 }, 1, 0)).toBe(100);
  });

  test.each([
    [1_000, 60_000],
    [0, 0],
  ])(
    "backoff of an initial %d ms is %d ms after more attempts than a number can grow",
    (initialInterval, wait) => {
      expect(backoff({ ...policy, initialInterval }, 5_000, 0)).toBe(wait);
    },
  );

  test("backoff is a whole number from half the capped interval to all of it", () => {
    const policies = fc.record({
      maxAttempts: fc.integer({ min: 1, max: 100 }),
      initialInterval: fc.nat({ max: 3_600_000 }),
      backoffCoefficient: fc.double({ min: 1, max: 1e6, noNaN: true }),
      maximumInterval: fc.nat({ max: 86_400_000 }),
    });
    const jitters = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 2_000 }), jitters, (random, attempt, j) => {
        const wait = backoff(random, attempt, j);
        const full = backoff(random, attempt, 0);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(full).toBeLessThanOrEqual(random.maximumInterval);
        expect(wait).toBeLessThanOrEqual(full);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(backoff(random, attempt + 1, j)).toBeGreaterThanOrEqual(wait);
      }),
      { seed: 13, numRuns: 1_000 },
    );
  });
});

test("once allows one attempt and no second", () => {
  expect(once.maxAttempts).toBe(1);
});
