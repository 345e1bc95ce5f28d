import { fromJSONSchema } from "zod";
import type { FieldError } from "../core/errors.ts";
import { fieldErrors } from "./field-errors.ts";

/**
 * wrongFields says what is wrong with a value as far as a JSON Schema can tell. A schema that zod
 * cannot read refuses nothing: the work, which parses the value itself, has the last word.
 *
 * @param schema JSON text
 */
export function wrongFields(schema: string, value: unknown): readonly FieldError[] {
  try {
    const parsed = fromJSONSchema(JSON.parse(schema)).safeParse(value);
    return parsed.success ? [] : fieldErrors(parsed.error.issues);
  } catch {
    return [];
  }
}
