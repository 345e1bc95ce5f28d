import { describe, expect, it } from "vitest";
import type { Plan, Step, Work } from "./plan.ts";
import type { Result } from "./simulation.ts";
import { run } from "./turn.ts";

// One operation of five steps, a sleep and a question, whose object is killed at every moment at which
// anything happens, also while its steps are undone: its writes of that moment are on the disk, or not.

/** share is of how many moments one is tried where the tests are to be short. */
const share = process.env.SHORT === "true" ? 4 : 1;

/** asked is when somebody answers, or cancels, in milliseconds: it has parked by then. */
const asked = 7_000;

function planOf(outcome: string, does: "answer" | "cancel"): Plan {
  const work: Work = {
    kind: "stepping",
    input: { outcome, each: 1, sleep: 6_000, asks: true },
    ttl: "2m",
    deadline: "3m",
  };
  const steps: Step[] = [
    { at: 0, does: { type: "create", work, key: "key" } },
    // Whoever is not answered says it again.
    ...[0, 1, 2, 3].map((n): Step => ({ at: asked + 5_000 * n, does: { type: does, of: 0 } })),
  ];
  return { seed: 11, shards: 1, steps, faults: [], until: 40_000 };
}

/** When something happens until the operation has ended, or its object next moves for no reason of its own. */
function momentsOf({ moments }: Result): number[] {
  return [...new Set(moments.filter((at) => at < asked + 2_000))];
}

async function killedAt(plan: Plan, at: number, isCommitted: boolean): Promise<Result> {
  const does = { type: "kill", shard: 0, isCommitted, areOrphans: false, throwing: 0 } as const;
  return run({ ...plan, faults: [{ at, does }] });
}

// Vitest's own limit is off: a slow machine is no failure.
describe("an operation of steps that is killed at every moment", { timeout: 0 }, () => {
  it.each([
    ["succeed", "answer", "succeeded"],
    ["fail", "answer", "failed"],
    ["succeed", "cancel", "canceled"],
  ] as const)("%s, %s: is %s, as if nothing had happened", async (outcome, does, end) => {
    const plan = planOf(outcome, does);
    const calm = await run(plan);
    expect([calm.violation, calm.ends]).toEqual([undefined, [end]]);
    const moments = momentsOf(calm);
    expect(moments.length).toBeGreaterThan(60);
    for (const [index, at] of moments.entries()) {
      if (index % share !== 0) continue;
      for (const isCommitted of [true, false]) {
        const { violation, ends, history } = await killedAt(plan, at, isCommitted);
        const told = `killed at ${at}\n${history.join("\n")}`;
        expect(violation, told).toBeUndefined();
        expect(ends, told).toEqual([end]);
      }
    }
  });
});
