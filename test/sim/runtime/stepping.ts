import * as z from "zod/mini";
import { makeAsync, type OperationContext, OperationFailure } from "../../../src/kinds/kind.ts";
import { ofZodMini } from "../../../src/kinds/of-zod-mini.ts";
import { somewhere } from "./world.ts";

/** stepNames are the steps that `stepping` takes, in their order; the middle two side by side. */
export const stepNames = ["a", "b", "c", "d", "e"];

const input = z.strictObject({
  outcome: z.enum(["succeed", "fail", "hang"]),
  /** How long a step takes, and what undoes it, in milliseconds. */
  each: z.number(),
  /** How long it sleeps after the second. */
  sleep: z.number(),
  /** Whether it asks before the last. */
  asks: z.boolean(),
  /** Which step cannot be undone, if any. */
  stuck: z.optional(z.enum(stepNames)),
});

/**
 * stepping takes five steps, sleeps and asks, and then ends as it is told; where that is no success, it undoes
 * what it has done. It says to whoever waits for that when a step is made or undone.
 */
export const stepping = makeAsync({
  description: "Takes five steps.",
  input: ofZodMini(input),
  compensateWithin: "60s",
  waitDeadline: "90s",
  run: async ({ outcome, each, sleep, asks, stuck }, op) => {
    const step = (name: string) =>
      op.step(name, () => made(name, each), {
        compensate: async ({ value }) => {
          await undone(name, each);
          if (name === stuck) throw new OperationFailure("stuck", `Cannot undo ${value}`);
        },
        ...(each < 1_000 && { timeout: "10s" }),
      });
    const first = await step("a");
    const second = await step("b");
    await op.sleep("rest", sleep);
    const both = await Promise.all([step("c"), step("d")]);
    if (asks) await op.ask("on", ofZodMini(z.number()), "Go on?");
    const last = await step("e");
    if (outcome === "hang") await aborted(op);
    if (outcome === "fail") throw new OperationFailure("simulated", "Failed as requested");
    return [first, second, ...both, last];
  },
});

async function made(name: string, milliseconds: number): Promise<string> {
  somewhere()?.onStep?.(name, "made");
  await scheduler.wait(milliseconds);
  return name;
}

async function undone(name: string, milliseconds: number): Promise<void> {
  somewhere()?.onStep?.(name, "undone");
  await scheduler.wait(milliseconds);
}

function aborted({ signal }: OperationContext): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
