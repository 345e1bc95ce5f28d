import { readExact } from "./exact-json.ts";
import { encodeJson, JsonText } from "./json-text.ts";
import { failed, ok, type Result } from "./result.ts";

/** Field is one control of a form for a JSON Schema. */
export interface Field {
  readonly name: string;
  readonly type: "string" | "number" | "integer" | "choice" | "json";
  readonly isRequired: boolean;
  readonly description: string | undefined;
  /** The values of a choice, as JSON texts. */
  readonly choices: readonly string[];
  /** The initial text of the control. */
  readonly initial: string;
  /** The value if it is left empty, as JSON text. */
  readonly byDefault: string | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** The schema of the field. */
  readonly schema: unknown;
}

/** Form is a JSON Schema as controls: one for each property, or one JSON text for the whole value. */
export type Form =
  | { readonly type: "fields"; readonly fields: readonly Field[] }
  | { readonly type: "json" };

/** Texts are the contents of the controls, by field name. */
export type Texts = Readonly<Record<string, string>>;

/** Read is the value of a form, or its errors, by field name (`""`: the whole form). */
export type Read = Result<unknown, Readonly<Record<string, string>>>;

/**
 * formOf returns the form for a JSON Schema (2020-12). The properties of an object become fields; any other schema, and
 * nested values, are edited as JSON.
 */
export function formOf(schema: unknown): Form {
  const { properties, required } = membersOf(schema);
  if (typeof properties !== "object" || properties === null) return { type: "json" };
  const needed = new Set(Array.isArray(required) ? required : []);
  const fields = Object.entries(properties).map(([name, of]) =>
    fieldOf(name, of, needed.has(name)),
  );
  return { type: "fields", fields };
}

/** initialTexts returns the initial contents of a form: from a value, or else from the schema. */
export function initialTexts(fields: readonly Field[], value?: unknown): Texts {
  const known = membersOf(value);
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      Object.hasOwn(known, field.name) ? textOf(field, known[field.name]) : field.initial,
    ]),
  );
}

/** readJson parses a whole value that was edited as JSON; an empty text is no value. */
export function readJson(text: string): Read {
  if (text.trim() === "") return ok(undefined);
  try {
    return ok(readExact(text));
  } catch (error) {
    return failed({ "": `is not JSON: ${error instanceof Error ? error.message : error}` });
  }
}

/** readField returns the value of one control, or what is wrong with it. */
export function readField(field: Field, text: string): Result<unknown, string> {
  if (field.type === "string") return ok(text);
  if (field.type === "json" || field.type === "choice") {
    const read = readJson(text);
    return read.ok ? read : failed(read.failure[""] ?? "is not JSON");
  }
  const value = Number(text);
  if (!Number.isFinite(value)) return failed("is not a number");
  if (field.type === "integer" && !Number.isInteger(value)) return failed("is not a whole number");
  if (value < (field.minimum ?? -Infinity)) return failed(`is less than ${field.minimum}`);
  if (value > (field.maximum ?? Infinity)) return failed(`is more than ${field.maximum}`);
  return ok(asWritten(text) ?? value);
}

/** The number with all of its digits; undefined if it is not a JSON number. */
function asWritten(text: string): unknown {
  try {
    return readExact(text);
  } catch {
    return undefined;
  }
}

/** fieldOf returns the control for a JSON Schema. */
export function fieldOf(name: string, schema: unknown, isRequired: boolean): Field {
  const members = membersOf(schema);
  const choices = choicesOf(members);
  const type = choices.length > 0 ? "choice" : typeOf(members.type);
  const byDefault = Object.hasOwn(members, "default") ? JSON.stringify(members.default) : undefined;
  const only = choices.length === 1 && isRequired ? choices[0] : undefined;
  const field: Field = {
    name,
    type,
    isRequired,
    description: typeof members.description === "string" ? members.description : undefined,
    choices,
    initial: only ?? "",
    byDefault,
    minimum: numberOf(members.minimum),
    maximum: numberOf(members.maximum),
    schema,
  };
  if (byDefault === undefined) return field;
  return { ...field, initial: textOf(field, members.default) };
}

function choicesOf({ enum: listed, const: only, type }: Record<string, unknown>): string[] {
  if (Array.isArray(listed)) return listed.map((value) => JSON.stringify(value));
  if (only !== undefined) return [JSON.stringify(only)];
  return type === "boolean" ? ["true", "false"] : [];
}

function typeOf(type: unknown): "string" | "number" | "integer" | "json" {
  return type === "string" || type === "number" || type === "integer" ? type : "json";
}

function textOf({ type }: Pick<Field, "type">, value: unknown): string {
  if (value === undefined) return "";
  if (type === "string" && typeof value === "string") return value;
  return encodeJson(value) ?? "";
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function membersOf(value: unknown): Record<string, unknown> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof JsonText) ? (value as Record<string, unknown>) : {};
}
