/** A number of JSON as it is, `digits × 10^exponent`, with no zero at either end of its digits. */
interface Decimal {
  readonly sign: "" | "-";
  /** Empty for zero. */
  readonly digits: string;
  readonly exponent: string;
}

/** maxPower is how many characters of an exponent are calculated with: a million take a second. */
const maxPower = 300;

/**
 * decimalText writes a number as its value alone: one text for each value, however it was written
 * (`100`, `1E2` and `100.0` are `1e2`; every zero is `0`). Only where the exponent itself has more
 * than 300 digits is the same value told from itself in another writing.
 *
 * @param token a number as JSON has it (RFC 8259, section 6)
 */
export function decimalText(token: string): string {
  const { sign, digits, exponent } = decimalOf(token);
  return digits === "" ? "0" : `${sign}${digits}e${exponent}`;
}

/** maxDigits is how many digits a double is written with at most; JavaScript adds zeros. */
const maxDigits = 17;

/** maxShort is how long a token without an exponent may be so that a double has it (DBL_DIG of C). */
const maxShort = 15;

/** isSafe says whether a number is written back, once it has been a double, with the same value. */
export function isSafe(token: string): boolean {
  // Most numbers are short, and a body of 1 MiB holds 250,000 of them.
  if (token.length <= maxShort && !token.includes("e") && !token.includes("E")) return true;
  const decimal = decimalText(token);
  const sign = decimal.startsWith("-") ? 1 : 0;
  if (decimal.lastIndexOf("e") - sign > maxDigits) return false;
  const double = Number(token);
  return Number.isFinite(double) && decimalText(String(double)) === decimal;
}

/** isWhole says whether a number is an integer, however it is written: `1e3` and `2.0` are. */
export function isWhole(token: string): boolean {
  return !decimalOf(token).exponent.startsWith("-");
}

/** It takes no expression and no BigInt: a body of 1 MiB holds 200,000 numbers. */
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
  // What is short is exact as a double.
  return power.length > 15 ? String(BigInt(power) + BigInt(shift)) : String(Number(power) + shift);
}

/** The character code of a zero. */
const zero = 0x30;
