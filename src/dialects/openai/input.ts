import { isObject } from "../../base/json.ts";
import { ok, type Result } from "../../base/result.ts";
import { type Failure, invalidField, quote } from "../../core/errors.ts";
import { type Json, parseJson } from "../../core/json/json.ts";

/** Others are further members of a create, by their names. */
type Others = readonly (readonly [string, Json])[];

/**
 * inputOf makes a kind's input from the `input` of a create. A kind whose schema has the member `input` is a model: it
 * receives everything that was sent. For a kind that takes an object, the user's last text is that object as JSON; for
 * one that takes a text, it is that text. A kind without a schema receives the object if nothing else was sent, and
 * otherwise everything.
 */
export function inputOf(input: Json, others: Others, schema: object): Result<Json, Failure> {
  const { type, properties } = schema as { type?: unknown; properties?: unknown };
  if (isObject(properties) && Object.hasOwn(properties, "input")) return ok(whole(input, others));
  const text = lastText(input.value);
  const given = others.filter(([, { value }]) => !isEmpty(value));
  if (type === undefined) {
    const object = text === undefined || given.length > 0 ? undefined : objectOf(text);
    return ok(object ?? whole(input, others));
  }
  const [other] = given;
  if (other) {
    const [name] = other;
    const message = "the kind has no such input";
    return invalidField(quote(name).slice(1, -1), message);
  }
  if (type === "string" && text !== undefined) return ok({ value: text, exact: text });
  const object = text === undefined ? undefined : parsed(text);
  if (object && (type !== "object" || isObject(object.value))) return ok(object);
  const wanted = type === "string" ? "a string" : type === "object" ? "a JSON object" : "JSON";
  const message = `must have ${wanted} as the user's last text`;
  return invalidField("input", message);
}

/** Everything that was sent, as a kind that is a model takes it. */
function whole(input: Json, others: Others): Json {
  const all = [["input", input] as const, ...others];
  const value = Object.fromEntries(all.map(([name, json]) => [name, json.value]));
  if (all.every(([, json]) => json.exact === json.value)) return { value, exact: value };
  return { value, exact: Object.fromEntries(all.map(([name, json]) => [name, json.exact])) };
}

/** What the user said last, of a text or a list of messages; undefined if that is not only text. */
function lastText(input: unknown): string | undefined {
  if (typeof input === "string") return input;
  if (!Array.isArray(input)) return undefined;
  const last: unknown = input.findLast((item) => isObject(item) && item.role === "user");
  if (!isObject(last)) return undefined;
  const { content } = last;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part: unknown) =>
    isObject(part) && part.type === "input_text" && typeof part.text === "string"
      ? part.text
      : undefined,
  );
  return texts.includes(undefined) ? undefined : texts.join("");
}

function parsed(text: string): Json | undefined {
  const json = parseJson(text);
  return json.ok ? json.value : undefined;
}

function objectOf(text: string): Json | undefined {
  const json = parsed(text);
  return json && isObject(json.value) ? json : undefined;
}

/** Empty values: clients write empty lists for what they do not have. */
function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
