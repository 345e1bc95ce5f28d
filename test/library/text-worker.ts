import * as z from "zod";
import { createOperations, makeAsync } from "../../src/operations.ts";

// A Worker whose one kind returns as much as it is asked for: what a large result costs, without a large input.

const text = makeAsync({
  description: "Returns a text of so many characters.",
  input: z.object({ size: z.int() }),
  inline: true,
  run: ({ size }) => "x".repeat(size),
});

const operations = createOperations({ kinds: { text } });
export const { OperationsObject, Runner } = operations;
export default { fetch: operations.fetch };
