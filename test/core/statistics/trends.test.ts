import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  nothing,
  type Tally,
  total,
  withCreated,
  withEnd,
} from "../../../src/core/statistics/tally.ts";
import {
  carried,
  firstStep,
  type Level,
  merged,
  rolledUp,
  type Step,
  trendRanges,
  trendsOf,
} from "../../../src/core/statistics/trends.ts";

const tally: fc.Arbitrary<Tally> = fc.record({
  created: fc.nat(9),
  succeeded: fc.nat(9),
  failed: fc.nat(9),
  canceled: fc.nat(9),
  kinds: fc.dictionary(fc.constantFrom("echo", "http"), fc.constant({ "9": 2 })),
  requests: fc.dictionary(fc.constantFrom("/a", "/b"), fc.integer({ min: 1, max: 9 })),
});
const level = fc.record(
  { running: fc.nat(9), waiting: fc.nat(9), asking: fc.nat(9), parked: fc.nat(9) },
  { requiredKeys: ["running", "waiting"] },
) as fc.Arbitrary<Level>;
const step: fc.Arbitrary<Step> = fc.record({ tally, level }, { requiredKeys: [] });
const steps = fc.array(step, { minLength: 1, maxLength: 30 });

const all = (list: readonly Step[]) =>
  list.map((one) => one.tally ?? nothing).reduce(total, nothing);

describe("rolledUp", () => {
  test("rolledUp has all that its steps have, and the last level", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const whole = rolledUp(list);
        expect(whole.tally ?? nothing).toEqual(all(list));
        expect(whole.level).toEqual(list.findLast((one) => one.level)?.level);
      }),
      { seed: 5 },
    );
  });

  test("rolledUp of parts is that of the whole, wherever it is cut", () => {
    fc.assert(
      fc.property(steps, fc.nat(30), (list, cut) => {
        const parts = [rolledUp(list.slice(0, cut)), rolledUp(list.slice(cut))];
        expect(rolledUp(parts)).toEqual(rolledUp(list));
      }),
      { seed: 5 },
    );
  });
});

describe("carried", () => {
  test("carried keeps a level until there is another, and knows none before the first", () => {
    const [a, b, c] = [1, 2, 3].map((running) => ({ running, waiting: 0 }));
    if (!a || !b || !c) throw new Error("there are three");
    const list: Step[] = [{}, { level: a }, { tally: nothing }, { level: b }, {}];
    const levels = (before?: Level) => carried(list, before).map((one) => one.level);
    expect(levels()).toEqual([undefined, a, a, b, b]);
    expect(levels(c)).toEqual([c, a, a, b, b]);
    expect(carried(list, c)[2]?.tally).toBe(nothing);
  });
});

describe("merged", () => {
  const shards = fc.nat(10).chain((length) =>
    fc.array(fc.array(step, { minLength: length, maxLength: length }), {
      minLength: 1,
      maxLength: 5,
    }),
  );

  test("merged adds up the shards, in any order", () => {
    fc.assert(
      fc.property(shards, (list) => {
        const sum = merged(list);
        expect(all(sum)).toEqual(all(list.flat()));
        expect(merged([...list].reverse())).toEqual(sum);
        for (const [index, one] of sum.entries()) {
          const known = list.flatMap((shard) => shard[index]?.level ?? []);
          const running = known.reduce((count, own) => count + own.running, 0);
          expect(one.level?.running).toBe(known.length === 0 ? undefined : running);
        }
      }),
      { seed: 5 },
    );
  });
});

describe("trendsOf", () => {
  test.each(["15m", "24h"] as const)("%s ends with the step that is under way", (range) => {
    fc.assert(
      fc.property(fc.integer({ min: 1e12, max: 4e12 }), (now) => {
        const { step: length, steps: count } = trendRanges[range];
        const list = Array.from({ length: count }, () => ({}));
        const { from, to, at, created, running } = trendsOf(range, now, list);
        expect(Date.parse(from)).toBe(firstStep(range, now) * length);
        expect(Date.parse(to) - Date.parse(from)).toBe(count * length);
        expect(Date.parse(at)).toBe(now);
        expect(Date.parse(to)).toBeGreaterThan(now);
        expect(Date.parse(to)).toBeLessThanOrEqual(now + length);
        expect(created).toHaveLength(count);
        expect(running).toEqual(list.map(() => null));
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  test("trendsOf writes columns, with null where nothing is known", () => {
    const now = Date.parse("2030-01-02T03:04:05.678Z");
    const ended = withEnd(withCreated(nothing), { kind: "echo", status: "failed", took: 100 });
    const last = { running: 4, waiting: 0, asking: 1, parked: 0 };
    const list: Step[] = [
      {},
      { tally: ended, level: { running: 1, waiting: 2 } },
      { tally: { ...nothing, requests: { "/a": 3 } }, level: last },
    ];
    expect(trendsOf("15m", now, list)).toEqual({
      range: "15m",
      from: "2030-01-02T02:49:10.000Z",
      to: "2030-01-02T02:49:40.000Z",
      at: "2030-01-02T03:04:05.678Z",
      step: 10_000,
      created: [0, 1, 0],
      succeeded: [0, 0, 0],
      failed: [0, 1, 0],
      canceled: [0, 0, 0],
      running: [null, 1, 4],
      waiting: [null, 2, 0],
      asking: [null, null, 1],
      parked: [null, null, 0],
      kinds: {
        echo: {
          finished: [0, 1, 0],
          p50: [null, 107, null],
          p95: [null, 107, null],
          p99: [null, 107, null],
        },
      },
      requests: { "/a": [0, 0, 3] },
    });
  });
});
