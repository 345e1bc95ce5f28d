import type { DocumentWrite } from "../core/document.ts";
import { parse } from "../core/shape/parse.ts";
import { either, int, object, oneOf, optional, string } from "../core/shape/shape.ts";
import { makeAsync, OperationFailure } from "./kind.ts";
import type { Schema } from "./schema.ts";

const key = { storage: string(), id: string() };

const anyWrite = either(
  [
    object({ ...key, verb: oneOf(["create"]), document: string() }),
    object({ ...key, verb: oneOf(["update"]), document: string(), revision: optional(int()) }),
    object({ ...key, verb: oneOf(["delete"]), result: string() }),
  ],
  "must be a write of a document",
);

const input: Schema<DocumentWrite> = {
  "~standard": {
    version: 1,
    vendor: "edge-operations",
    validate: (value) => {
      const parsed = parse<DocumentWrite>(anyWrite, value);
      return parsed.ok ? parsed : { issues: parsed.failure };
    },
  },
};

/**
 * document writes one document of the wire of 2014. Its input is a DocumentWrite that the wire has checked; no other
 * request may name this kind.
 */
export const document = makeAsync({
  description: "Creates, updates or deletes a document.",
  input,
  inline: true,
  // An interrupted write was not made, and a retry makes it.
  retry: { maxAttempts: 5, initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 },
  run: async (write, op) => {
    const refused = await op.writeDocument(write);
    if (!refused) return;
    const code = refused.code.replaceAll("-", "_");
    throw new OperationFailure(code, refused.message, { retryable: false });
  },
});
