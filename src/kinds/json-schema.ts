import { type Schema, Validator } from "@cfworker/json-schema";
import type { FieldError } from "../core/errors.ts";

/** Keywords that only say that something inside is invalid, which is reported by itself. */
const outer = new Set([
  "properties",
  "patternProperties",
  "additionalProperties",
  "items",
  "prefixItems",
  "$ref",
  "allOf",
]);

/** most is how many errors one response reports. */
const most = 100;

/**
 * jsonSchema returns what is wrong with a value according to its JSON Schema (2020-12): `edge-operations/json-schema`.
 * A schema that cannot be read refuses nothing: the work parses the value itself.
 *
 * @param schema JSON text
 */
export function jsonSchema(schema: string, value: unknown): readonly FieldError[] {
  try {
    const validator = new Validator(JSON.parse(schema) as Schema, "2020-12", false);
    const { valid, errors } = validator.validate(value);
    if (valid) return [];
    return errors
      .filter(({ keyword }) => !outer.has(keyword))
      .slice(0, most)
      .map(({ keyword, instanceLocation, error }) => ({
        path: pathOf(instanceLocation),
        message: keyword === "false" ? "unknown field" : error.replace(/\.$/, ""),
      }));
  } catch {
    return [];
  }
}

/** A JSON pointer, `#/items/2/name`, as errors write paths: `items[2].name`. */
function pathOf(pointer: string): string {
  const keys = pointer.split("/").slice(1);
  const names = keys.map((key) =>
    decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"),
  );
  const text = names.reduce((path, name) => {
    if (/^\d+$/.test(name)) return `${path}[${name}]`;
    return path === "" ? name : `${path}.${name}`;
  }, "");
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
