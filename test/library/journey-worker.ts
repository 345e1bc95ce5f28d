import * as z from "zod";
import { createOperations, makeAsync } from "../../src/operations.ts";

// A Worker whose kind goes a long way: `journey` takes five steps, a sleep and a question. What each step
// does is a call to an upstream that counts. `idle` is there when `journey` is not.

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

const idle = makeAsync({
  description: "Does nothing.",
  input: z.object({}),
  run: () => "nothing",
});

export const kinds = { journey, idle };
const operations = createOperations({ kinds });
export const { OperationsObject, Runner } = operations;
export default { fetch: operations.fetch };
