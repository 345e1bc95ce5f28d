import { describe, expect, it } from "vitest";
import { planOf } from "./draw.ts";
import { told } from "./report.ts";
import { shrink } from "./shrink.ts";
import { run } from "./turn.ts";

const steps = 20;
const each = 50;
const seeds = Number(process.env.SEEDS ?? 500);
const batches = Array.from({ length: seeds / each }, (_, batch) => batch * each + 1);

// Vitest's own limit is off: a slow machine is no failure.
describe("simulate", { timeout: 0 }, () => {
  it("makes the same history of the same seed", async () => {
    const once = await run(planOf(7, 40));
    const again = await run(planOf(7, 40));
    expect(once.history.length).toBeGreaterThan(100);
    expect(again.history).toEqual(once.history);
  });

  it("makes other histories of other seeds", async () => {
    const [one, other] = [await run(planOf(7, 40)), await run(planOf(8, 40))];
    expect(one.history).not.toEqual(other.history);
  });

  it.each(batches)(`every invariant holds from seed %i on, for ${each} seeds`, async (from) => {
    for (let seed = from; seed < from + each; seed++) {
      const plan = planOf(seed, steps);
      const { violation } = await run(plan);
      if (!violation) continue;
      const { parts, result } = await shrink(plan, violation.invariant);
      const again = `npm run simulate -- --seed ${seed} --steps ${steps} --keep ${parts.join(",")}`;
      throw new Error(told(result, again));
    }
  });
});
