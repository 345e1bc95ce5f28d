import { readExact } from "./exact-json.ts";
import { encodeJson, JsonText } from "./json-text.ts";
import { failed, ok, type Result } from "./result.ts";

/** Field is one control of a form made of a JSON Schema. */
export interface Field {
  readonly name: string;
  readonly type: "string" | "number" | "integer" | "choice" | "json";
  readonly isRequired: boolean;
  readonly description: string | undefined;
  /** Of a choice: its values, as JSON texts. */
  readonly choices: readonly string[];
  /** What stands in it at first, as its control holds it. */
  readonly initial: string;
  /** What it is where it is left empty, as JSON text. */
  readonly byDefault: string | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** The schema that it is made of. */
  readonly schema: unknown;
}

/** Form is a JSON Schema as controls: one for each property, or one JSON text for the whole value. */
export type Form =
  | { readonly type: "fields"; readonly fields: readonly Field[] }
  | { readonly type: "json" };

/** Texts is what the controls hold, by the names of their fields. */
export type Texts = Readonly<Record<string, string>>;

/** Read is what a form says: a value, or what is wrong, by the names of fields (`""`: the whole). */
export type Read = Result<unknown, Readonly<Record<string, string>>>;

/**
 * formOf makes a form of a JSON Schema (2020-12). Objects whose properties are named become fields;
 * whatever else it is, and whatever is nested, is edited as JSON.
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

/** initialTexts fills a form in: with a value that is known, else with what the schema says. */
export function initialTexts(fields: readonly Field[], value?: unknown): Texts {
  const known = membersOf(value);
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      Object.hasOwn(known, field.name) ? textOf(field, known[field.name]) : field.initial,
    ]),
  );
}

/** readJson reads a whole value edited as JSON; nothing at all is no value. */
export function readJson(text: string): Read {
  if (text.trim() === "") return ok(undefined);
  try {
    return ok(readExact(text));
  } catch (error) {
    return failed({ "": `is not JSON: ${error instanceof Error ? error.message : error}` });
  }
}

/** readField reads what one control holds, or says what is wrong with it. */
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

/** A number with all of its digits; nothing where it is not written as JSON has it. */
function asWritten(text: string): unknown {
  try {
    return readExact(text);
  } catch {
    return undefined;
  }
}

/** fieldOf makes a control of a JSON Schema. */
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
