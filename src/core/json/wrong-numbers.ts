import { JsonText } from "../../base/json-text.ts";
import { type FieldError, quote, shownPath } from "../errors.ts";
import { isSafe, isWhole } from "./decimal.ts";

/** most is how many are told: an answer must not outgrow the request that it refuses. */
const most = 100;

/**
 * wrongNumbers says which numbers no code can take: integers that become others as doubles, and what
 * is too large for one. Fractions are rounded, as everywhere.
 *
 * @param exact a JSON value as parseExact reads it, at most maxDepth deep
 * @param path what to call it: `input`, or nothing for a value that is the whole body
 */
export function wrongNumbers(exact: unknown, path: string): readonly FieldError[] {
  const found: FieldError[] = [];
  collect(exact, path, found);
  return found;
}

function collect(value: unknown, path: string, found: FieldError[]): void {
  if (typeof value !== "object" || value === null || found.length === most) return;
  if (value instanceof JsonText) {
    const message = wrongNumber(value.text);
    if (message !== undefined) found.push({ path: shownPath(path), message });
    return;
  }
  const isArray = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    const below = path === "" ? name : `${path}.${name}`;
    collect(member, isArray ? `${path}[${name}]` : below, found);
  }
}

function wrongNumber(token: string): string | undefined {
  const double = Number(token);
  if (!Number.isFinite(double)) {
    return `want a number that a double can hold: ${quote(token, 40)} is too large`;
  }
  if (!isWhole(token) || isSafe(token)) return undefined;
  return `want an integer that a double can hold: ${quote(token, 40)} would become ${double}`;
}
