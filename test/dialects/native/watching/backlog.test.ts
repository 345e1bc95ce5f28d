import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Backlog } from "../../../../src/dialects/native/watching/backlog.ts";

interface State {
  readonly id: string;
  readonly version: number;
  /** Its place among all changes. */
  readonly stamp: number;
}

describe("Backlog", () => {
  test("a slow reader sees versions grow, every last state, and may resume after any", () => {
    const steps = fc.array(fc.oneof(fc.constantFrom("a", "b", "c"), fc.constant("read")), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (schedule) => {
        const backlog = new Backlog<State>();
        const latest = new Map<string, State>();
        const told = new Map<string, State>();
        const read = () => {
          const state = backlog.shift();
          if (!state) return false;
          expect(state.version).toBeGreaterThan(told.get(state.id)?.version ?? 0);
          told.set(state.id, state);
          // Who leaves here resumes after this stamp: all that is untold is after it.
          for (const one of latest.values()) {
            if (told.get(one.id) !== one) expect(one.stamp).toBeGreaterThan(state.stamp);
          }
          return true;
        };
        for (const [stamp, step] of schedule.entries()) {
          if (step === "read") read();
          else {
            const version = (latest.get(step)?.version ?? 0) + 1;
            const state = { id: step, version, stamp };
            latest.set(step, state);
            backlog.push(state, version);
          }
        }
        while (read());
        expect(told).toEqual(latest);
        expect([backlog.size, backlog.shift()]).toEqual([0, undefined]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("counts what waits", () => {
    const backlog = new Backlog<{ id: string }>();
    backlog.push({ id: "a" }, 5);
    backlog.push({ id: "b" }, 7);
    backlog.push({ id: "a" }, 2);
    expect(backlog.size).toBe(9);
    expect(backlog.shift()).toEqual({ id: "b" });
    backlog.clear();
    expect([backlog.size, backlog.shift()]).toEqual([0, undefined]);
  });
});
