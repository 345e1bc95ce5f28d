import { isObject } from "../../../base/json.ts";
import { type Json, parseJson } from "../../../core/json/json.ts";
import type { InputRequest, Operation } from "../../../core/operation/operation.ts";
import { memberOf } from "../../native/payload.ts";
import { encodeCall } from "../../rpc/json-rpc.ts";
import { relatedTask } from "./task.ts";

/** Form is a question in the form of `elicitation/create`. */
export interface Form {
  readonly message: string;
  readonly requestedSchema: Readonly<Record<string, unknown>>;
}

/**
 * keyOf returns the key of an operation's question: the same until it is answered, even if the attempt that asked has
 * parked or is lost, and never that of another question. Clients remember what they have answered.
 */
export function keyOf({ inputRequest, answers = [] }: Operation): string | undefined {
  if (!inputRequest) return undefined;
  return `v${answers.length}-${digest(JSON.stringify(inputRequest))}`;
}

/** encodeQuestion writes an operation's question as a request to the client; its ID identifies the question. */
export function encodeQuestion(op: Operation, key: string): string {
  const form = op.inputRequest ? formOf(op.inputRequest) : {};
  const params = { ...form, ...relatedTask(op.id) };
  return encodeCall("elicitation/create", params, `ask:${op.id}:${key}`);
}

/** askedOf returns the question that a response is about. */
export function askedOf(
  id: unknown,
): { readonly taskId: string; readonly key: string } | undefined {
  if (typeof id !== "string") return undefined;
  const [, taskId, key] = /^ask:(\w{1,64}):([\w-]{1,64})$/.exec(id) ?? [];
  return taskId !== undefined && key !== undefined ? { taskId, key } : undefined;
}

/**
 * formOf returns a question as a form. Forms have texts, numbers, booleans and lists of texts: a question that asks for
 * other JSON becomes one text.
 */
export function formOf({ schema, message = "Input is required" }: InputRequest): Form {
  return { message, requestedSchema: flat(schema) ?? wrapped };
}

/**
 * answerOf returns the answer from a form, as the question wants it: a JSON value. The text of a form with a single
 * text is JSON, or is taken literally.
 *
 * @param content the values of the form, by name
 */
export function answerOf({ schema }: InputRequest, content: Json): Json {
  if (flat(schema)) return content;
  const answer = memberOf(content, "value");
  const { value } = answer;
  if (typeof value !== "string") return answer;
  const parsed = parseJson(value);
  return parsed.ok ? parsed.value : { value, exact: value };
}

const wrapped = {
  type: "object",
  properties: { value: { type: "string", description: "JSON" } },
  required: ["value"],
};

/** What a form may contain besides the type, by type; the work validates the rest of the answer. */
const keywords: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength", "maxLength", "enum", "default"],
  number: ["minimum", "maximum", "default"],
  integer: ["minimum", "maximum", "default"],
  boolean: ["default"],
  array: ["minItems", "maxItems", "default"],
};

/** The formats of a form; any other would make clients refuse the whole form. */
const formats: readonly unknown[] = ["email", "uri", "date", "date-time"];

/** A schema as a form's schema, if it describes a flat object. */
function flat(text: string): Readonly<Record<string, unknown>> | undefined {
  const schema: unknown = JSON.parse(text);
  if (!isObject(schema) || schema.type !== "object" || !isObject(schema.properties)) {
    return undefined;
  }
  const { properties, required } = schema;
  const fields = Object.entries(properties).map(([name, field]) => [name, fieldOf(field)] as const);
  if (fields.length === 0 || fields.some(([, field]) => field === undefined)) return undefined;
  const names = Array.isArray(required) ? { required } : {};
  return { type: "object", properties: Object.fromEntries(fields), ...names };
}

function fieldOf(field: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(field) || typeof field.type !== "string") return undefined;
  const { type, format, items } = field;
  const allowed = Object.hasOwn(keywords, type) ? keywords[type] : undefined;
  if (!allowed) return undefined;
  const plain = Object.fromEntries(
    ["type", "title", "description", ...allowed].flatMap((name) =>
      field[name] === undefined ? [] : [[name, field[name]]],
    ),
  );
  if (type === "string" && formats.includes(format)) return { ...plain, format };
  if (type !== "array") return plain;
  // A list of choices.
  if (!isObject(items) || items.type !== "string" || !Array.isArray(items.enum)) return undefined;
  return { ...plain, items: { type: "string", enum: items.enum } };
}

/** FNV-1a, 32 bits: it distinguishes the questions of one operation, and is not for security. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
