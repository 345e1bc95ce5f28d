/** The value of a JSON number, `digits × 10^exponent`, without zeros at either end of its digits. */
interface Decimal {
  readonly sign: "" | "-";
  /** Empty for zero. */
  readonly digits: string;
  readonly exponent: string;
}

/** maxPower is the longest exponent used in calculations, in characters: a million would take a second. */
const maxPower = 300;

/**
 * decimalText writes a number by its value: the same text for each value, however it was written (`100`, `1E2` and
 * `100.0` are `1e2`; every zero is `0`). Only if the exponent itself has more than 300 digits, different spellings have
 * different texts.
 *
 * @param token a JSON number (RFC 8259, section 6)
 */
export function decimalText(token: string): string {
  const { sign, digits, exponent } = decimalOf(token);
  return digits === "" ? "0" : `${sign}${digits}e${exponent}`;
}

/** maxDigits is how many digits are enough for any double; JavaScript adds zeros. */
const maxDigits = 17;

/** maxShort is the length up to which a double represents any token without an exponent (DBL_DIG in C). */
const maxShort = 15;

/** isSafe says whether a double preserves the value of a number. */
export function isSafe(token: string): boolean {
  // Most numbers are short, and a body of 1 MiB can contain 250,000 of them.
  if (token.length <= maxShort && !token.includes("e") && !token.includes("E")) return true;
  const decimal = decimalText(token);
  const sign = decimal.startsWith("-") ? 1 : 0;
  if (decimal.lastIndexOf("e") - sign > maxDigits) return false;
  const double = Number(token);
  return Number.isFinite(double) && decimalText(String(double)) === decimal;
}

/** isWhole says whether a number is an integer, however it is written, such as `1e3` and `2.0`. */
export function isWhole(token: string): boolean {
  return !decimalOf(token).exponent.startsWith("-");
}

/** Without regular expressions and BigInt: a body of 1 MiB can contain 200,000 numbers. */
function decimalOf(token: string): Decimal {
  const sign = token.startsWith("-") ? "-" : "";
  const e = Math.max(token.indexOf("e"), token.indexOf("E"));
  const mantissa = token.slice(sign.length, e === -1 ? undefined : e);
  const dot = mantissa.indexOf(".");
  const all = dot === -1 ? mantissa : mantissa.slice(0, dot) + mantissa.slice(dot + 1);
  let start = 0;
  while (all.charCodeAt(start) === zero) start++;
  if (start === all.length) return { sign, digits: "", exponent: "0" };
  let end = all.length;
  while (all.charCodeAt(end - 1) === zero) end--;
  const fraction = dot === -1 ? 0 : mantissa.length - dot - 1;
  const shift = all.length - end - fraction;
  const exponent = e === -1 ? String(shift) : sum(token.slice(e + 1), shift);
  return { sign, digits: all.slice(start, end), exponent };
}

function sum(power: string, shift: number): string {
  if (power.length > maxPower) return `${power}_${shift}`;
  // Short numbers are exact as doubles.
  return power.length > 15 ? String(BigInt(power) + BigInt(shift)) : String(Number(power) + shift);
}

/** The character code of a zero. */
const zero = 0x30;
