import * as z from "zod/mini";
import { makeAsync } from "./kind.ts";

/** echo returns its input: for trying clients out, and for measuring everything but the work. */
export const echo = makeAsync({
  description: "Returns its input.",
  input: z.optional(z.json()),
  run: (input) => input ?? null,
});
