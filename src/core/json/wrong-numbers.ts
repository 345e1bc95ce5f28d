import { JsonText } from "../../base/json-text.ts";
import { type FieldError, quote, shownPath } from "../errors.ts";
import { isSafe, isWhole } from "./decimal.ts";

/** most is how many are reported: a response must not outgrow the request that it refuses. */
const most = 100;

/**
 * wrongNumbers returns the numbers that code cannot represent: integers that change as doubles, and numbers too large
 * for one. Fractions are rounded, as everywhere.
 *
 * @param exact a JSON value from parseExact, at most maxDepth deep
 * @param path how to name it: `input`, or an empty string for a value that is the whole body
 */
export function wrongNumbers(exact: unknown, path: string): readonly FieldError[] {
  const found: FieldError[] = [];
  collect(exact, [path], found);
  return found;
}

/** The path is written only for errors: most numbers are valid. */
function collect(value: unknown, path: (string | number)[], found: FieldError[]): void {
  if (typeof value !== "object" || value === null || found.length === most) return;
  if (value instanceof JsonText) {
    const message = wrongNumber(value.text);
    if (message !== undefined) found.push({ path: shownPath(pathText(path)), message });
    return;
  }
  const depth = path.length;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      path[depth] = index;
      collect(value[index], path, found);
    }
  } else {
    for (const name in value) {
      path[depth] = name;
      collect((value as Readonly<Record<string, unknown>>)[name], path, found);
    }
  }
  path.length = depth;
}

function pathText(steps: readonly (string | number)[]): string {
  return steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    return path === "" ? step : `${path}.${step}`;
  }, "");
}

function wrongNumber(token: string): string | undefined {
  const double = Number(token);
  if (!Number.isFinite(double)) {
    return `must be a number that a double can hold: ${quote(token, 40)} is too large`;
  }
  if (isSafe(token) || !isWhole(token)) return undefined;
  return `must be an integer that a double can hold: ${quote(token, 40)} would become ${double}`;
}
