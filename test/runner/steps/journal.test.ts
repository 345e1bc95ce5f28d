import { describe, expect, it } from "vitest";
import type { StepRecord } from "../../../src/core/operation/step.ts";
import { Journal } from "../../../src/runner/steps/journal.ts";

const step = (name: string, endedAt: number): StepRecord => ({
  name,
  type: "step",
  attempt: 1,
  startedAt: 0,
  endedAt,
});

describe("Journal", () => {
  it("J1: a name is taken once, and stands for a thing of one type", () => {
    const journal = new Journal([step("a", 1), { ...step("b", 2), type: "sleep", until: 2 }]);
    expect(journal.take("a", "step").record?.endedAt).toBe(1);
    expect(journal.take("a", "step").divergence?.code).toBe("duplicate_step");
    expect(journal.take("b", "step").divergence?.code).toBe("steps_diverged");
    expect(journal.take("c", "ask")).toEqual({ record: undefined });
    expect(journal.take("c", "ask").divergence?.code).toBe("duplicate_step");
  });

  it("J2: what is new begins once all that is stored has been reached", async () => {
    const journal = new Journal([step("a", 1), step("b", 2)]);
    let begun = false;
    journal.take("new", "step");
    const allowed = journal.mayBegin("new").then((divergence) => {
      begun = true;
      return divergence;
    });
    journal.take("b", "step");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(begun).toBe(false);
    journal.take("a", "step");
    expect(await allowed).toBeUndefined();
  });

  it("J2: what is new is refused where nothing more of what is stored is reached", async () => {
    const journal = new Journal([step("a", 1), step("gone", 2)], 5);
    journal.take("a", "step");
    journal.take("new", "step");
    expect(await journal.mayBegin("new")).toEqual({
      code: "steps_diverged",
      message: 'The code reached "new" without reaching "gone", which is stored',
    });
  });

  it("J3: what is over resolves in the order in which it was over, so that a race ends as it did", async () => {
    const records = [step("late", 3), step("early", 1), step("next", 2)];
    const journal = new Journal(records);
    const order: string[] = [];
    const reach = async (name: string) => {
      const { record } = journal.take(name, "step");
      if (record) await journal.replay(record);
      order.push(name);
    };
    const early = reach("early").then(() => reach("next"));
    await Promise.all([reach("late"), early]);
    expect(order).toEqual(["early", "next", "late"]);
  });
});
