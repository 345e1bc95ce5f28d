import * as z from "zod/mini";
import { makeAsync } from "./kind.ts";
import { ofZodMini } from "./of-zod-mini.ts";

/** echo returns its input: for trying out clients, and for measuring everything but the work. */
export const echo = makeAsync({
  description: "Returns its input.",
  // The input is JSON already; a schema that checks this would read all of it again, slowly.
  input: ofZodMini(z.optional(z.unknown())),
  inline: true,
  run: (input) => input ?? null,
});
