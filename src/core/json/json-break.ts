/** What is expected next. */
type Want = "value" | "value or ]" | "name" | "name or }" | ":" | "next";

/**
 * A token by its first character; literals and numbers are `0`, and the end of the text is an empty string, which is
 * never expected. Without a kind, the text is invalid at `end`.
 */
interface Token {
  readonly kind: string | undefined;
  readonly end: number;
}

/**
 * breakOf returns where a text stops being valid JSON: the offset of the unexpected token, of the character if that is
 * inside a string, or the text's length if it ends too early. Engines report this differently, and often without a
 * position. Source: RFC 8259.
 */
export function breakOf(text: string): number {
  // An explicit stack, so that deep nesting cannot overflow the engine's.
  const open: string[] = [];
  let want: Want | undefined = "value";
  let at = skipBlank(text, 0);
  while (true) {
    const { kind, end } = tokenAt(text, at);
    if (kind === undefined) return end;
    want = follow(want, kind, open);
    if (want === undefined) return at;
    at = skipBlank(text, end);
  }
}

function follow(want: Want, kind: string, open: string[]): Want | undefined {
  switch (want) {
    case ":":
      return kind === ":" ? "value" : undefined;
    case "next":
      return kind === "," ? afterComma(open.at(-1)) : close(kind, open);
    case "name":
      return afterName(kind);
    case "name or }":
      return kind === "}" ? close(kind, open) : afterName(kind);
    case "value":
      return begin(kind, open);
    case "value or ]":
      return kind === "]" ? close(kind, open) : begin(kind, open);
  }
}

function afterComma(closer: string | undefined): Want | undefined {
  if (closer === undefined) return undefined;
  return closer === "}" ? "name" : "value";
}

function afterName(kind: string): Want | undefined {
  return kind === '"' ? ":" : undefined;
}

function close(kind: string, open: string[]): Want | undefined {
  return open.pop() === kind ? "next" : undefined;
}

function begin(kind: string, open: string[]): Want | undefined {
  if (kind === "{" || kind === "[") {
    open.push(kind === "{" ? "}" : "]");
    return kind === "{" ? "name or }" : "value or ]";
  }
  return kind === '"' || kind === "0" ? "next" : undefined;
}

const blank = /[ \t\n\r]*/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Tokens in the middle of which a text may end; strings are handled separately. */
const unfinished = ["-", "true", "false", "null"];
const longest = "false".length;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a string must not contain
const stringPart = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;

function skipBlank(text: string, at: number): number {
  return at + lengthAt(blank, text, at);
}

function tokenAt(text: string, at: number): Token {
  const kind = text.charAt(at);
  if (kind === '"') return stringAt(text, at);
  if ("{}[],:".includes(kind)) return { kind, end: at + 1 };
  const length = lengthAt(scalar, text, at);
  if (length > 0) return { kind: "0", end: at + length };
  const rest = text.slice(at, at + longest);
  const isCutOff = unfinished.some((token) => token.startsWith(rest));
  return { kind: undefined, end: isCutOff ? text.length : at };
}

function stringAt(text: string, start: number): Token {
  let at = start + 1;
  for (let part = lengthAt(stringPart, text, at); part > 0; part = lengthAt(stringPart, text, at)) {
    at += part;
  }
  return text[at] === '"' ? { kind: '"', end: at + 1 } : { kind: undefined, end: at };
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
