import * as z from "zod/mini";
import { aborted } from "../base/aborted.ts";
import { parseDuration } from "../base/duration.ts";
import { makeAsync, type OperationContext, OperationFailure } from "./kind.ts";
import { ofZodMini } from "./of-zod-mini.ts";

/** longest is the longest duration of a simulated call. */
const longest = "168h";

const input = z.strictObject({
  outcome: z._default(
    z
      .enum(["succeed", "fail", "hang", "ask"])
      .check(z.describe("How it ends: hang waits until it is canceled, ask asks a question.")),
    "succeed",
  ),
  duration: z._default(
    z.string().check(
      z.describe(`How long it takes, such as 3s or 1m30s; at most ${longest}.`),
      z.refine((text) => (parseDuration(text) ?? Infinity) <= (parseDuration(longest) ?? 0), {
        message: `must be a duration such as 3s, at most ${longest}`,
      }),
    ),
    "0s",
  ),
  steps: z._default(
    z.int().check(z.describe("How many times it reports progress."), z.gte(0), z.lte(1_000)),
    0,
  ),
  value: z.optional(z.unknown().check(z.describe("The result of one that succeeds."))),
  code: z._default(
    z
      .string()
      .check(z.describe("The error code of one that fails."), z.minLength(1), z.maxLength(64)),
    "simulated",
  ),
  message: z.optional(
    z.string().check(z.describe("The error message, or the question asked."), z.maxLength(1_024)),
  ),
});

const anyJson = ofZodMini(z.json());

/**
 * simulate takes as long, reports as often, and ends as its input says (`ask` waits for any JSON as input, and its
 * message is the question): for trying out clients.
 */
export const simulate = makeAsync({
  description:
    "Takes a while, reports progress, and succeeds, fails, hangs or asks as its input says.",
  input: ofZodMini(input),
  reports: ({ steps }) => steps,
  run: async ({ outcome, duration, steps, value, code, message }, op) => {
    await elapse(parseDuration(duration) ?? 0, steps, op);
    if (outcome === "hang") await aborted(op.signal);
    if (outcome === "ask") return { answer: await op.ask(anyJson, message ?? "What now?") };
    if (outcome === "fail") throw new OperationFailure(code, message ?? "Failed as requested");
    return value ?? null;
  },
});

async function elapse(total: number, steps: number, op: OperationContext): Promise<void> {
  if (total === 0 && steps === 0) return;
  const pieces = Math.max(steps, 1);
  for (let step = 1; step <= pieces; step++) {
    await scheduler.wait(total / pieces, { signal: op.signal });
    if (steps > 0) await op.progress((100 * step) / steps, `step ${step} of ${steps}`);
  }
}
