import * as z from "zod/mini";
import { makeAsync } from "./kind.ts";
import { ofZodMini } from "./of-zod-mini.ts";

/** echo returns its input: for trying clients out, and for measuring everything but the work. */
export const echo = makeAsync({
  description: "Returns its input.",
  // Whatever came is JSON; a schema that says so would look at all of it again, and slowly.
  input: ofZodMini(z.optional(z.unknown())),
  inline: true,
  run: (input) => input ?? null,
});
