// C0 and C1 controls, DEL, what turns the direction of writing, line and paragraph separators.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
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

/** plainJson is a value as indented JSON in which nothing can steer a terminal; it parses the same. */
export function plainJson(value: unknown, indent = 2): string {
  // JSON itself escapes the C0 controls in strings; a line break is its own indentation.
  return JSON.stringify(value, undefined, indent).replace(unsafe, (found) =>
    found === "\n" ? found : `\\u${codeOf(found).padStart(4, "0")}`,
  );
}

function escapeOf(character: string): string {
  const code = codeOf(character);
  return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
