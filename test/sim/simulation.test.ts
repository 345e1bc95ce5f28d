import { describe, expect, it } from "vitest";
import { planOf } from "./plan.ts";
import { run } from "./turn.ts";

describe("simulate", () => {
  it("makes the same history of the same seed", async () => {
    const once = await run(planOf(7, 40));
    const again = await run(planOf(7, 40));
    expect(once.history.length).toBeGreaterThan(100);
    expect(again.history).toEqual(once.history);
  });

  it("finds nothing where nothing goes wrong", { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { violation, history } = await run({ ...planOf(seed, 40), faults: [] });
      if (violation) throw new Error(`seed ${seed}\n${history.join("\n")}`);
    }
  });
});
