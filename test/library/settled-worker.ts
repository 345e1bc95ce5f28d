import * as z from "zod/mini";
import { createOperations, makeAsync } from "../../src/operations.ts";
import { testing } from "../../src/testing/index.ts";

const nothing = z.optional(z.null());

export const kinds = {
  flaky: makeAsync({
    description: "Succeeds at the third attempt.",
    deadline: "24h",
    input: nothing,
    retry: { maxAttempts: 3, initialInterval: "1h", maximumInterval: "4h" },
    run: (_, { attempt }) => {
      if (attempt < 3) throw new Error("not yet");
      return { attempt, at: Date.now() };
    },
  }),
  hangs: makeAsync({
    description: "Ends when it is told to.",
    input: nothing,
    deadline: "5m",
    run: (_, { signal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  }),
  asks: makeAsync({
    description: "Asks.",
    input: nothing,
    run: (_, op) => op.ask(z.number(), "Which?"),
  }),
  slow: makeAsync({
    description: "Takes its turn.",
    input: nothing,
    maxConcurrent: 1,
    run: async () => {
      await scheduler.wait(5);
      return "done";
    },
  }),
  passesOn: makeAsync({
    description: "Makes another operation, perhaps in another object.",
    input: z.object({ left: z.number() }),
    run: async ({ left }, { env }): Promise<number> => {
      // By then other objects have had their turn.
      await scheduler.wait(20);
      if (left > 0) await operations.tenant(env, "chain").create("passesOn", { left: left - 1 });
      return left;
    },
  }),
};

// Of this test alone.
const webhookSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

const options = {
  kinds,
  config: {
    SHARDS: 3,
    TOKEN: "t",
    EXTERNAL_KINDS: "outside",
    DEVELOPMENT: "true",
    WEBHOOK_SECRET: webhookSecret,
  },
};
const operations = createOperations({ ...options, testing: testing() });
const production = createOperations({ ...options, binding: "PRODUCTION" });

export class OperationsObject extends operations.OperationsObject {}
export class ProductionObject extends production.OperationsObject {}
export class Runner extends operations.Runner {}

export default { fetch: operations.fetch } satisfies ExportedHandler<Cloudflare.Env>;
