import { describe, expect, it } from "vitest";
import type { Attempt, Operation } from "../../src/client/index.ts";
import { hasStepsToKeep } from "../../src/dashboard/state/operation/kept-steps.ts";

const at = "2030-01-01T00:00:00.000Z";
const ended = (status: string) => ({ status }) as Operation;
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  attempt: 1,
  startedAt: at,
  steps: [{ name: "pay", type: "step", startedAt: at, endedAt: at }],
  progress: [],
  log: [],
  ...more,
});

describe("hasStepsToKeep", () => {
  it.each([
    ["failed", [attempt()], true],
    ["canceled", [attempt()], true],
    ["succeeded", [attempt()], false],
    ["running", [attempt()], false],
    ["failed", [], false],
    ["failed", [attempt({ steps: [] })], false],
    ["failed", [attempt(), attempt({ attempt: 2, undoing: true, steps: [] })], false],
  ] as const)("of a %s operation with the attempts %j is %s", (status, attempts, expected) => {
    expect(hasStepsToKeep(ended(status), attempts)).toBe(expected);
  });

  it("keeps no step that failed, none under way, and nothing that is only a sleep", () => {
    const error = { code: "down", message: "No" };
    const one = { name: "pay", type: "step", startedAt: at } as const;
    for (const step of [{ ...one, endedAt: at, error }, one, { ...one, type: "sleep" } as const]) {
      expect(hasStepsToKeep(ended("failed"), [attempt({ steps: [step] })])).toBe(false);
    }
  });
});
