import { encodeJson } from "../../base/json-text.ts";

/**
 * Characters that a terminal acts on or does not show: controls, format characters (such as bidirectional controls,
 * zero-width characters and tags), line and paragraph separators, and default ignorables. Joiners and variation
 * selectors are allowed, because words and emoji need them. Source: Unicode, UAX #44.
 */
const unsafe = /(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * plainText returns text from elsewhere as one line that is safe for a terminal: control and bidirectional characters
 * are escaped.
 */
export function plainText(text: string): string {
  return text.replace(unsafe, (found) => named[found] ?? escapeOf(found));
}

/** plainLines is plainText for each line of a text; line breaks and tabs are kept. */
export function plainLines(text: string): string {
  return text.replace(unsafe, (found) =>
    found === "\n" || found === "\t" ? found : (named[found] ?? escapeOf(found)),
  );
}

/**
 * plainJson writes a value as indented JSON that is safe for a terminal; it parses to the same value, and a JsonText in
 * it is written unchanged.
 */
export function plainJson(value: unknown, indent = 2): string {
  // JSON itself escapes the C0 controls in strings; line breaks are only indentation.
  return (encodeJson(value, indent) ?? "").replace(unsafe, (found) =>
    found === "\n" ? found : units(found),
  );
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? units(character) : `\\x${code.toString(16).padStart(2, "0")}`;
}

/** A character as JSON escapes it, by its UTF-16 units. */
function units(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
