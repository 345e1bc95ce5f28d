import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Runner } from "../../src/runner/runner.ts";
import { eventually } from "../eventually.ts";
import { operationsOf } from "./commands.ts";
import { becomes, perform, read, start } from "./performing.ts";

const error = { code: "unavailable", message: "not now" };
const postponed = {
  outcome: { type: "failed", error, retryable: true },
  postponed: "not now",
} as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** later lets the next attempt begin. */
async function later(tenant: string): Promise<void> {
  vi.setSystemTime(Date.now() + 60_000);
  await runDurableObjectAlarm(operationsOf(tenant));
}

const resultOf = async (tenant: string, id: string) => {
  await becomes(tenant, id, "succeeded");
  return JSON.parse((await read(tenant, id)).result ?? "");
};

describe("op.isRepeated", () => {
  it("is false as long as no attempt has begun the work: those before were postponed", async () => {
    perform(({ attempt, isRepeated }) => [attempt, isRepeated]);
    const run = vi.spyOn(Runner.prototype, "run");
    run.mockResolvedValueOnce(postponed).mockResolvedValueOnce(postponed);
    const id = await start("postponed");
    for (const attempt of [1, 2]) {
      expect(await becomes("postponed", id, "pending")).toMatchObject({ attempt });
      await later("postponed");
    }
    expect(await resultOf("postponed", id)).toEqual([3, false]);
  });

  it("is true once one was lost, also where another was postponed since", async () => {
    perform(async ({ attempt, isRepeated }) => {
      if (attempt === 1) for (;;) await scheduler.wait(20);
      return [attempt, isRepeated];
    });
    const id = await start("lost", { interruptions: { limit: 3, delay: 1 } });
    await scheduler.wait(100);
    await abortAllDurableObjects();
    vi.spyOn(Runner.prototype, "run").mockResolvedValueOnce(postponed);
    await eventually(async () => {
      vi.setSystemTime(Date.now() + 10);
      await runDurableObjectAlarm(operationsOf("lost"));
      expect((await read("lost", id)).op).toMatchObject({ status: "pending", attempt: 2 });
    });
    await later("lost");
    expect(await resultOf("lost", id)).toEqual([3, true]);
  });
});
