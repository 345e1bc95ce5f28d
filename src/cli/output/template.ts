import { exec, query } from "jsonpath-rfc9535";
import { encodeJson } from "../../base/json-text.ts";
import { errorOf } from "../../base/log.ts";
import { usage } from "../exit-status.ts";

/** Template is a parsed `jsonpath=` template: it writes a value as text. */
export type Template = (value: unknown) => string;

type Piece = (value: unknown) => string;

/**
 * parseTemplate parses a template in kubectl's notation: text with expressions in braces. Each is a JSONPath (RFC 9535)
 * whose `$` may be left out (`{.id}`, `{.operations[*].id}`, `{..code}`, `{.labels['a-b']}`), or a JSON string
 * (`{"\n"}`). Everything that an expression finds is written, separated by spaces: strings as they are, anything else
 * as JSON. A template without braces is one expression. There is no `{range}`.
 *
 * @throws CommandFailure for a template that cannot be parsed
 */
export function parseTemplate(text: string): Template {
  const pieces: Piece[] = [];
  if (text === "") throw usage("Empty jsonpath template: use one such as {.id}");
  let rest = text.includes("{") ? text : `{${text}}`;
  while (rest !== "") {
    const open = rest.indexOf("{");
    const before = open === -1 ? rest : rest.slice(0, open);
    if (before !== "") pieces.push(() => before);
    if (open === -1) break;
    const close = endOf(rest, open);
    if (close === -1)
      throw usage(`Cannot read the jsonpath template ${text}: a brace is not closed`);
    pieces.push(expression(rest.slice(open + 1, close).trim()));
    rest = rest.slice(close + 1);
  }
  return (value) => pieces.map((piece) => piece(value)).join("");
}

/** The brace that closes the one at `open`, ignoring braces within quotes. */
function endOf(text: string, open: number): number {
  let quote = "";
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote !== "") {
      if (character === "\\") at++;
      else if (character === quote) quote = "";
    } else if (character === "'" || character === '"') quote = character;
    else if (character === "}") return at;
  }
  return -1;
}

function expression(text: string): Piece {
  if (text.startsWith('"')) {
    const literal = literalOf(text);
    return () => literal;
  }
  if (/^(range|end)\b/.test(text)) {
    throw usage(
      `Cannot read {${text}} in a jsonpath template: range is not supported, use -o json`,
    );
  }
  const path = pathOf(text);
  try {
    query(null, path);
  } catch (thrown) {
    const why = errorOf(thrown).message.split("\n")[0];
    throw usage(`Cannot read {${text}} in a jsonpath template: ${why}`);
  }
  return (value) => {
    // The library's own type of JSON; what is shown came as JSON, or is made to be printed as JSON.
    const found: string[] = [];
    exec(JSON.parse(JSON.stringify(value)), path, (one, place) => {
      found.push(typeof one === "string" ? one : (encodeJson(standing(value, place)) ?? ""));
    });
    return found.join(" ");
  };
}

/** The value at a path, with its numbers as they were written. */
function standing(value: unknown, place: readonly (string | number)[]): unknown {
  return place.reduce((outer, key) => (outer as Record<string | number, unknown>)[key], value);
}

function pathOf(text: string): string {
  if (text.startsWith("$")) return text;
  if (text.startsWith("@")) return `$${text.slice(1)}`;
  return text.startsWith(".") || text.startsWith("[")
    ? text === "."
      ? "$"
      : `$${text}`
    : `$.${text}`;
}

function literalOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value;
  } catch {
    // Explained below.
  }
  throw usage(`Cannot read {${text}} in a jsonpath template: it must be a string in double quotes`);
}
