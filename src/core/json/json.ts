import { isExact, parseExact } from "../../base/exact-json.ts";
import { encodeParsed } from "../../base/json-text.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, type FieldError, failure, invalid, quote, shownPath } from "../errors.ts";
import { maxDepth } from "../limits.ts";
import { breakOf } from "./json-break.ts";

/** Json is a JSON value that a client sent, both parsed and exact. */
export interface Json {
  /** With its numbers as doubles. */
  readonly value: unknown;
  /**
   * The same, except that numbers which a double changes or writes differently are JsonText, so that encodeJson writes
   * them as they were sent. The same reference if there is no such number.
   */
  readonly exact: unknown;
}

/** jsonText writes a value as it was sent, without whitespace; undefined if there is no value. */
export function jsonText({ value, exact }: Json): string | undefined {
  return exact === value ? JSON.stringify(value) : encodeParsed(exact);
}

/**
 * parseJson parses text from a client. It refuses invalid JSON, nesting deeper than maxDepth, and members called
 * `__proto__`, which no client needs and which cause trouble when a value is copied. Source: RFC 8259; its section 9
 * allows limits on depth.
 */
export function parseJson(text: string): Result<Json, Failure> {
  if (text.trim() === "") return failed(failure("malformed-json", "The body is empty"));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed(failure("malformed-json", `Cannot parse the body: ${whatBreaks(text)}`));
  }
  const wrong = findWrong(value);
  if (wrong) return failed(invalid([wrong]));
  return ok({ value, exact: isExact(text) ? value : parseExact(text) });
}

function whatBreaks(text: string): string {
  const at = breakOf(text);
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const place = `at line ${line}, column ${at - before.lastIndexOf("\n")}`;
  const found = text.codePointAt(at);
  return found === undefined
    ? `it ends too early, ${place}`
    : `unexpected ${quote(String.fromCodePoint(found))} ${place}`;
}

interface Wrong {
  readonly message: string;
  /** The path of members and items, the last one first. */
  readonly path: (string | number)[];
}

/** The path is built only for errors: most bodies are valid. */
function findWrong(root: unknown): FieldError | undefined {
  const wrong = wrongIn(root, 1);
  if (!wrong) return undefined;
  let path = "";
  for (const step of wrong.path.reverse()) {
    if (typeof step === "number") path += `[${step}]`;
    else path += path === "" ? step : `.${step}`;
  }
  return { path: shownPath(path), message: wrong.message };
}

/** The recursion is safe, since it goes no deeper than maxDepth. */
function wrongIn(value: unknown, depth: number): Wrong | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth > maxDepth) return { message: `nests deeper than ${maxDepth} levels`, path: [] };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const wrong = wrongIn(value[index], depth + 1);
      if (wrong) return within(wrong, index);
    }
    return undefined;
  }
  for (const key in value) {
    if (key === "__proto__") return { message: "must not be named __proto__", path: [key] };
    const wrong = wrongIn((value as Readonly<Record<string, unknown>>)[key], depth + 1);
    if (wrong) return within(wrong, key);
  }
  return undefined;
}

function within(wrong: Wrong, step: string | number): Wrong {
  wrong.path.push(step);
  return wrong;
}

/** canonical writes a JSON value with sorted members, so that equal values have equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? sorted(member)
      : member,
  );
}

/** sorted returns an object's members, mapped by `to`, in the order of their names' UTF-16 code units. */
export function sorted(
  members: object,
  to: (member: unknown) => unknown = (member) => member,
): Record<string, unknown> {
  const named = members as Readonly<Record<string, unknown>>;
  const names = Object.keys(named).sort();
  return Object.fromEntries(names.map((name) => [name, to(named[name])]));
}
