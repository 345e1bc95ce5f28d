import type { FieldError } from "../../core/errors.ts";
import { type Json, jsonText } from "../../core/json/json.ts";

/** Payload is a member of a body that is kept as the text that it was. */
export interface Payload {
  /** JSON without spaces between its tokens, with its numbers as they were sent; empty if there is no such member. */
  readonly text: string;
  /** Set if it is longer than it may be. */
  readonly wrong?: FieldError;
}

/**
 * payloadOf returns a member of a body, or of an object in it, as text.
 *
 * @param limit characters of JSON text
 * @param path what to call it in an error
 */
export function payloadOf(body: Json, name: string, limit: number, path = name): Payload {
  const text = jsonText(memberOf(body, name)) ?? "";
  if (text.length <= limit) return { text };
  return { text, wrong: { path, message: `must be at most ${limit} characters of JSON` } };
}

/** withPayload adds the errors of a payload to those of the rest of a body. */
export function withPayload(
  errors: readonly FieldError[],
  wrong: FieldError | undefined,
): readonly FieldError[] {
  return wrong ? [...errors, wrong] : errors;
}

/** memberOf returns a member of a JSON value, or undefined if there is none with that name. */
export function memberOf({ value, exact }: Json, name: string): Json {
  const member = own(value, name);
  return { value: member, exact: exact === value ? member : own(exact, name) };
}

function own(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}
