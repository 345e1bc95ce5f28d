import { en } from "zod/locales";
import * as z from "zod/mini";
import type { Schema } from "./schema.ts";

// zod/mini says only "Invalid input" for every error until a locale is configured.
z.config(en());

/** inEnglish returns a schema of zod/mini. Importing this module makes its messages complete. */
export function inEnglish<S extends z.ZodMiniType>(schema: S): S {
  return schema;
}

/** ofZodMini returns a schema of zod/mini with the features of zod's: its JSON Schema, and complete messages. */
export function ofZodMini<S extends z.ZodMiniType>(schema: S): Schema<z.input<S>, z.output<S>> {
  const written = (io: "input" | "output") => () =>
    z.toJSONSchema(schema, { io, unrepresentable: "any" });
  const { validate } = schema["~standard"];
  return {
    "~standard": {
      version: 1,
      vendor: "zod",
      validate: validate as Schema<z.input<S>, z.output<S>>["~standard"]["validate"],
      jsonSchema: { input: written("input"), output: written("output") },
    },
  };
}
