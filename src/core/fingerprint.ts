import { JsonText } from "../base/json-text.ts";
import { decimalText, isSafe } from "./json/decimal.ts";
import { canonical, sorted } from "./json/json.ts";
import type { Idempotency } from "./operation/operation.ts";

/**
 * AskedFor is what identifies a create as a repetition of another, as JSON values, by two rules: that of the first
 * release (commit afff165), whose fingerprints are stored and may be compared by it again, and the current one.
 */
export interface AskedFor {
  /** By the rule of afff165: its numbers are doubles. */
  readonly former: unknown;
  /** By the current rule: its numbers are exact (see parseExact). The same reference if nothing differs. */
  readonly meaning: unknown;
}

/**
 * meaningText is the canonical text of a value with exact numbers: equal for values with the same meaning. A number
 * that a double preserves is written as a double, as afff165 did.
 *
 * @param value a JSON value; undefined members are left out
 */
export function meaningText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  if (value instanceof JsonText) {
    const { text } = value;
    return isSafe(text) ? JSON.stringify(Number(text)) : decimalText(text);
  }
  if (Array.isArray(value)) return `[${value.map((item) => meaningText(item) || "null").join()}]`;
  const members = Object.entries(sorted(value)).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${meaningText(member)}`],
  );
  return `{${members.join()}}`;
}

/**
 * fingerprints returns the fingerprints of a create.
 *
 * @param digest returns a hash of a text
 */
export async function fingerprints(
  { former, meaning }: AskedFor,
  digest: (text: string) => Promise<string>,
): Promise<Omit<Idempotency, "key">> {
  const fingerprint = await digest(canonical(former));
  if (former === meaning) return { fingerprint, meaning: fingerprint };
  return { fingerprint, meaning: await digest(meaningText(meaning)) };
}

/**
 * isSameRequest says whether a create repeats the one that used its key before. If this code made both, their meanings
 * are compared. If afff165 made one of them, which stored and sent only its fingerprint, the fingerprints are compared:
 * so the result is the same across a deployment and a rollback.
 */
export function isSameRequest(made: Idempotency | undefined, asked: Idempotency): boolean {
  if (made?.meaning !== undefined && asked.meaning !== undefined) {
    return made.meaning === asked.meaning;
  }
  return made?.fingerprint === asked.fingerprint;
}
