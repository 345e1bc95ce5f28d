import type { Fault, Plan, Step, Work } from "./plan.ts";

/** Story is a short plan that an earlier version of the code under test did not survive. */
interface Story {
  readonly name: string;
  readonly plan: Plan;
}

const shortly = { ttl: "2m", deadline: "4m" };
const tried = { retry: { maxAttempts: 3, initialInterval: "100ms" } };

const work = (outcome: string, more: Partial<Work> = {}, duration = "0ms"): Work => ({
  kind: "simulate",
  input: { outcome, duration, steps: 0 },
  ...shortly,
  ...tried,
  ...more,
});

const create = (at: number, what: Work, key?: string): Step => ({
  at,
  does: { type: "create", work: what, ...(key !== undefined && { key }) },
});

const kill = { type: "kill", shard: 0, isCommitted: true, areOrphans: false, throwing: 0 } as const;

function story(name: string, steps: readonly Step[], faults: readonly Fault[], shards = 1): Story {
  return { name, plan: { seed: 1, shards, steps, faults, until: 32_000 } };
}

/** A create that the object of a shard is started for, so that what comes finds it awake. */
const first = create(0, work("succeed"));

/** onceFailed is what the simulation has found, each as short as it can be told. */
export const onceFailed: readonly Story[] = [
  story(
    "work goes on whose object lost its alarm, and then its life",
    [first, create(100, work("hang"))],
    [
      { at: 200, does: { type: "lose alarm", shard: 0 } },
      { at: 210, does: kill },
    ],
  ),
  story(
    "work goes on after a restart with a clock that is behind",
    [first, create(100, work("hang")), { at: 300, does: { type: "get", of: 0 } }],
    [
      { at: 200, does: kill },
      { at: 210, does: { type: "clock", by: -5_000 } },
    ],
  ),
  story(
    "work that falls due while the configuration is bad is not failed by it",
    [create(0, work("succeed", { startAfter: "500ms" }))],
    [{ at: 100, does: { type: "bad configuration", for: 5_000 } }],
  ),
  story(
    "work that is under way when the configuration breaks is not failed by it",
    [create(0, work("succeed", {}, "800ms"))],
    [{ at: 100, does: { type: "bad configuration", for: 30_000 } }],
  ),
  story(
    "work whose kind a version of the code does not have waits for one that has it",
    [create(0, work("succeed", { startAfter: "500ms" }))],
    [{ at: 100, does: { type: "no kind", kind: "simulate", for: 5_000 } }],
  ),
  story(
    "a claim over shards returns what it has when one of them is down",
    [
      ...Array.from({ length: 12 }, (_, n) =>
        create(n, { kind: "resize", input: { n }, ...shortly }),
      ),
      ...[200, 700, 1_200, 1_700, 2_200].map(
        (at): Step => ({
          at,
          does: {
            type: "claim",
            kinds: ["resize"],
            max: 100,
            wait: 0,
            lease: 5_000,
            does: "complete",
            after: 0,
          },
        }),
      ),
    ],
    [{ at: 190, does: { type: "down", shard: 2, for: 3_000 } }],
    3,
  ),
  story(
    "a create leaves nothing whose key could not be written",
    [first, create(100, work("succeed"), "key")],
    [{ at: 90, does: { type: "statement", shard: 0, after: 1, count: 1 } }],
  ),
  story(
    "an outcome is kept that could not be written",
    [create(0, work("succeed", {}, "800ms"))],
    [{ at: 400, does: { type: "statement", shard: 0, after: 0, count: 1 } }],
  ),
  ...[1, 2, 3].map((after) =>
    story(
      `an operation expires as a whole though statement ${after} of the sweep throws`,
      [create(0, work("succeed", { ttl: "5s" }), "one")],
      [{ at: 4_900, does: { type: "statement", shard: 0, after, count: 1 } }],
    ),
  ),
  story(
    "an attempt that its object has lost asks in vain, and not for ever",
    [create(0, work("ask", {}, "5000ms"))],
    [{ at: 400, does: { type: "cut attempt", shard: 0, throwing: 3 } }],
  ),
  story(
    "work goes on that has asked its question twice",
    [create(0, work("ask")), { at: 500, does: { type: "answer", of: 0 } }],
    [{ at: 0, does: { type: "double ask", shard: 0 } }],
  ),
];
