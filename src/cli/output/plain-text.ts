import { encodeJson } from "../../base/json-text.ts";

/**
 * What a terminal acts on or does not show: controls, format characters (those that turn the
 * direction of writing, zero-width ones, tags), line and paragraph separators, and what Unicode
 * calls default ignorable. Joiners and variation selectors stay: words and emoji are made with them.
 * Source: Unicode, UAX #44.
 */
const unsafe = /(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * plainText is text from elsewhere as one line that no terminal takes for more than text: control
 * and bidirectional characters are shown by their escapes.
 */
export function plainText(text: string): string {
  return text.replace(unsafe, (found) => named[found] ?? escapeOf(found));
}

/** plainLines is plainText of each line of a text; line breaks and tabs stay. */
export function plainLines(text: string): string {
  return text.replace(unsafe, (found) =>
    found === "\n" || found === "\t" ? found : (named[found] ?? escapeOf(found)),
  );
}

/**
 * plainJson is a value as indented JSON in which nothing can steer a terminal; it parses the same, and
 * a JsonText in it is written as it is.
 */
export function plainJson(value: unknown, indent = 2): string {
  // JSON itself escapes the C0 controls in strings; a line break is its own indentation.
  return (encodeJson(value, indent) ?? "").replace(unsafe, (found) =>
    found === "\n" ? found : units(found),
  );
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? units(character) : `\\x${code.toString(16).padStart(2, "0")}`;
}

/** A character as JSON escapes it: each unit of UTF-16 by itself. */
function units(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
