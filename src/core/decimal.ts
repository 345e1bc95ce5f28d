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

/** isSafe says whether a number is written back, once it has been a double, with the same value. */
export function isSafe(token: string): boolean {
  const double = Number(token);
  return Number.isFinite(double) && decimalText(String(double)) === decimalText(token);
}

/** isWhole says whether a number is an integer, however it is written: `1e3` and `2.0` are. */
export function isWhole(token: string): boolean {
  return !decimalOf(token).exponent.startsWith("-");
}

function decimalOf(token: string): Decimal {
  const { sign, whole = "", fraction = "", power = "0" } = parts.exec(token)?.groups ?? {};
  const all = whole + fraction;
  let start = 0;
  while (all[start] === "0") start++;
  let end = all.length;
  while (all[end - 1] === "0") end--;
  const digits = all.slice(start, end);
  const shift = all.length - end - fraction.length;
  const exponent = digits === "" ? "0" : sum(power, shift);
  return { sign: sign === "-" ? "-" : "", digits, exponent };
}

function sum(power: string, shift: number): string {
  return power.length > maxPower ? `${power}_${shift}` : String(BigInt(power) + BigInt(shift));
}

const parts = /(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:[eE](?<power>[+-]?\d+))?/;
