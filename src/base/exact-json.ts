import { JsonText } from "./json-text.ts";

/**
 * isExact says whether a double can represent every number of a JSON text and writes it the same way, so that
 * JSON.parse and JSON.stringify preserve them; not so `9007199254740993`, `1e400`, `-0` and `1.0`.
 *
 * @param text valid JSON
 */
export function isExact(text: string): boolean {
  if (isNumberStart(text.trimStart().charCodeAt(0))) return isExactOutsideStrings(text);
  suspect.lastIndex = 0;
  // Almost every text passes here; a match may still be inside a string.
  for (let found = suspect.exec(text); found; found = suspect.exec(text)) {
    const token = found[0].slice(1);
    if (String(Number(token)) !== token) return isExactOutsideStrings(text);
  }
  return true;
}

function isExactOutsideStrings(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) at = stringEnd(text, at);
    else if (!isNumberStart(code)) at++;
    else {
      const end = numberEnd(text, at);
      if (!isExactNumber(text, at, end)) return false;
      at = end;
    }
  }
  return true;
}

/**
 * readExact is JSON.parse, except that numbers which are not exact (see isExact) become a JsonText.
 *
 * @throws SyntaxError for a text that is not JSON
 */
export function readExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return isExact(text) ? value : parseExact(text);
}

/**
 * parseExact is readExact for a text that is not exact.
 *
 * @param text valid JSON
 */
export function parseExact(text: string): unknown {
  const whole: unknown[] = [];
  const root: Open = { value: whole, name: undefined };
  // Without recursion, so that deep nesting cannot overflow the stack.
  const open: Open[] = [];
  let inner = root;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    let end = at + 1;
    if (code === quote) {
      end = stringEnd(text, at);
      const string: string = JSON.parse(text.slice(at, end));
      if (isNameNext(inner)) inner.name = string;
      else put(inner, string);
    } else if (code === brace || code === bracket) {
      const value = code === brace ? {} : [];
      put(inner, value);
      open.push(inner);
      inner = { value, name: undefined };
    } else if (code === closingBrace || code === closingBracket) {
      inner = open.pop() ?? root;
    } else if (isNumberStart(code)) {
      end = numberEnd(text, at);
      const token = text.slice(at, end);
      put(inner, isExactNumber(text, at, end) ? Number(token) : new JsonText(token));
    } else if (code === letterT || code === letterF || code === letterN) {
      put(inner, code === letterN ? null : code === letterT);
      end = at + (code === letterF ? 5 : 4);
    }
    at = end;
  }
  return whole[0];
}

/** An array or an object whose end has not been reached. */
interface Open {
  readonly value: Record<string, unknown> | unknown[];
  /** The name of the next member, in an object. */
  name: string | undefined;
}

function isNameNext({ value, name }: Open): boolean {
  return name === undefined && !Array.isArray(value);
}

function put(into: Open, value: unknown): void {
  if (Array.isArray(into.value)) into.value.push(value);
  else if (into.name !== "__proto__") into.value[into.name ?? ""] = value;
  else {
    const own = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(into.value, "__proto__", own);
  }
  into.name = undefined;
}

/**
 * Matches every number inside an array or an object that may not be exact, with the character before it, and some text
 * in strings. A fraction of a few digits is exact if it does not end with a zero.
 */
const suspect =
  /[ \t\n\r:,[](?!-?(?:0|[1-9]\d{0,7})\.\d{0,5}[1-9](?![\deE]))(?:-?(?:0|[1-9]\d*)[.eE]|-?[1-9]\d{15}|-0)[\d.eE+-]*/g;

/** The character codes that begin or end a token. */
const quote = 0x22;
const plus = 0x2b;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const capitalE = 0x45;
const bracket = 0x5b;
const closingBracket = 0x5d;
const letterE = 0x65;
const letterF = 0x66;
const letterN = 0x6e;
const letterT = 0x74;
const brace = 0x7b;
const closingBrace = 0x7d;

function isNumberStart(code: number): boolean {
  return (code >= zero && code <= nine) || code === minus;
}

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isInNumber(text.charCodeAt(end))) end++;
  return end;
}

function isInNumber(code: number): boolean {
  return code <= nine ? code >= zero || code === minus || code === plus || code === dot : isE(code);
}

function isE(code: number): boolean {
  return code === letterE || code === capitalE;
}

/** The end of the string whose opening quotation mark is at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return at + 1;
  }
  return text.length;
}

function isExactNumber(text: string, start: number, end: number): boolean {
  const token = text.slice(start, end);
  return isShortInteger.test(token) ? token !== "-0" : String(Number(token)) === token;
}

const isShortInteger = /^-?\d{1,15}$/;
