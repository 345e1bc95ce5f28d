import * as z from "zod/mini";
import { makeAsync, OperationFailure } from "./kind.ts";

const key = { storage: z.string(), id: z.string() };

/**
 * document writes one document of the wire of 2014. Its input is a DocumentWrite that the wire has
 * checked, so no other request may name it.
 */
export const document = makeAsync({
  description: "Creates, updates or deletes a document.",
  input: z.union([
    z.strictObject({ ...key, verb: z.literal("create"), document: z.string() }),
    z.strictObject({
      ...key,
      verb: z.literal("update"),
      document: z.string(),
      revision: z.optional(z.int()),
    }),
    z.strictObject({ ...key, verb: z.literal("delete"), result: z.string() }),
  ]),
  inline: true,
  // A write that was cut off was not made, and is made then.
  retry: { maxAttempts: 5, initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 },
  run: async (write, op) => {
    const refused = await op.writeDocument(write);
    if (!refused) return;
    const code = refused.code.replaceAll("-", "_");
    throw new OperationFailure(code, refused.message, { retryable: false });
  },
});
