import { readExact } from "../../base/exact-json.ts";
import { failed, ok, type Result } from "../../base/result.ts";

/**
 * answerOf reads a typed line as a value for a JSON schema: as JSON, except that a string schema takes any text as it
 * is, and a schema of a string or something else takes text that is not JSON.
 */
export function answerOf(line: string, schema: unknown): Result<unknown, string> {
  const types = typesOf(schema);
  if (types.length === 1 && types[0] === "string") return ok(line);
  try {
    return ok(readExact(line));
  } catch {
    if (types.includes("string")) return ok(line);
    const text = line.trim();
    if (text === "") return failed("Enter JSON");
    return failed(`That is not JSON: a string needs quotes, ${JSON.stringify(text)}`);
  }
}

function typesOf(schema: unknown): readonly unknown[] {
  if (typeof schema !== "object" || schema === null || !("type" in schema)) return [];
  return Array.isArray(schema.type) ? schema.type : [schema.type];
}
