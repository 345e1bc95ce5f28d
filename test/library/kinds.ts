import { toJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import * as mini from "zod/mini";
import { makeAsync, OperationFailure } from "../../src/operations.ts";

const valibotInput = v.object({ name: v.string(), times: v.optional(v.number(), 2) });

const miniInput = mini.strictObject({ count: mini.int() });

/** kinds are those of a Worker of one's own, each with the schemas of another library. */
export const kinds = {
  resize: makeAsync({
    description: "Says how large an image would be.",
    input: z.object({ url: z.url(), width: z.int().default(100) }),
    output: z.object({ bytes: z.int(), at: z.date() }),
    deadline: "5m",
    ttl: "1h",
    retry: { maxAttempts: 2, initialInterval: "10ms" },
    maxConcurrent: 3,
    run: ({ width }) => ({ bytes: width * 3, at: new Date(0) }),
  }),
  mini: makeAsync({
    description: "Adds one.",
    input: miniInput,
    inputSchema: mini.toJSONSchema(miniInput),
    run: ({ count }) => ({ count: count + 1, nothing: undefined }),
  }),
  valibot: makeAsync({
    description: "Repeats a name.",
    input: valibotInput,
    inputSchema: toJsonSchema(valibotInput),
    outputSchema: { type: "string" },
    run: async ({ name, times }) => name.repeat(times),
  }),
  arktype: makeAsync({
    description: "Returns an age.",
    input: type({ age: "number.integer > 0" }),
    run: ({ age }) => age,
  }),
  refuses: makeAsync({
    description: "Fails.",
    input: z.optional(z.object({})),
    run: () => {
      throw new OperationFailure("card_declined", "No funds", { retryable: false });
    },
  }),
  misfit: makeAsync({
    description: "Returns what its schema refuses.",
    input: z.optional(z.null()),
    output: z.object({ count: z.int().max(3) }),
    run: () => ({ count: 4 }),
  }),
  bytes: makeAsync({
    description: "Returns what is no JSON.",
    input: z.null(),
    run: () => new Response("GIF", { headers: { "content-type": "image/gif" } }),
  }),
  chained: makeAsync({
    description: "Says whose it is, and what another operation of theirs comes to.",
    input: mini.strictObject({ count: mini.int() }),
    retry: { maxAttempts: 2, initialInterval: "10ms" },
    run: async ({ count }, op) => {
      const { count: next } = (await op.operations.run("mini", { count })) as { count: number };
      if (op.attempt === 1 && next === 0) throw new OperationFailure("again", "Once more");
      return { tenant: op.tenant, next };
    },
  }),
  asks: makeAsync({
    description: "Asks for a number.",
    input: z.null(),
    run: (_, op) => op.ask(v.number(), "Which?"),
  }),
};
