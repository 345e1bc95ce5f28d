import * as z from "zod";
import { createOperations, makeAsync, OperationFailure } from "../../src/operations.ts";

// A Worker whose kinds go a long way: `journey` takes five steps, a sleep and a question, and `retreat` turns
// back after some of five. What each step does, and what undoes it, is a call to an upstream that counts.
// `idle` is there when the others are not.

const upstream = z.object({ upstream: z.url() });

async function visit(url: string, key: string): Promise<string> {
  const response = await fetch(url, { method: "POST", headers: { "idempotency-key": key } });
  if (!response.ok) throw new Error(`The upstream said ${response.status}`);
  return response.text();
}

const journey = makeAsync({
  description: "Takes five steps, sleeps and asks a question.",
  input: upstream,
  interruptions: { limit: 1_000, delay: "10ms" },
  run: async ({ upstream: base }, op) => {
    const go = (name: string) =>
      op.step(name, ({ idempotencyKey }) => visit(`${base}/${op.id}/${name}`, idempotencyKey));
    const first = await go("first");
    const second = await go("second");
    await op.sleep("rest", "6s");
    const both = await Promise.all([go("left"), go("right")]);
    const { on } = await op.ask("onwards", z.object({ on: z.boolean() }), "Go on?");
    const last = await go("last");
    return { first, second, left: both[0], right: both[1], on, last };
  },
});

const retreat = makeAsync({
  description: "Takes some of five steps, and undoes them.",
  input: z.object({
    upstream: z.url(),
    after: z.int().min(0).max(5),
    how: z.enum(["failed", "canceled", "deadline_exceeded"]),
  }),
  interruptions: { limit: 1_000, delay: "10ms" },
  run: async ({ upstream: base, after, how }, op) => {
    for (let n = 1; n <= after; n++) {
      const at = `${base}/${op.id}/${n}`;
      await op.step(`${n}`, ({ idempotencyKey }) => visit(at, idempotencyKey), {
        compensate: ({ idempotencyKey }) => visit(`${at}-undo`, idempotencyKey),
        timeout: "20s",
      });
    }
    if (how === "failed") throw new OperationFailure("retreat", "Back", { retryable: false });
    if (how === "canceled") await op.sleep("until somebody cancels", "1h");
    // A sleep would stop the deadline.
    while (!op.signal.aborted) await scheduler.wait(100);
    throw op.signal.reason;
  },
});

const idle = makeAsync({
  description: "Does nothing.",
  input: z.object({}),
  run: () => "nothing",
});

export const kinds = { journey, retreat, idle };
const operations = createOperations({ kinds });
export const { OperationsObject, Runner } = operations;
export default { fetch: operations.fetch };
