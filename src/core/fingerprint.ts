import { JsonText } from "../base/json-text.ts";
import { decimalText, isSafe } from "./json/decimal.ts";
import { canonical, sorted } from "./json/json.ts";
import type { Idempotency } from "./operation/operation.ts";

/**
 * AskedFor is what makes a create the same request as another, as JSON values, by two rules: that of
 * the first release (commit afff165), whose fingerprints are stored and may be compared by it again,
 * and today's.
 */
export interface AskedFor {
  /** By the rule of afff165: its numbers are doubles. */
  readonly former: unknown;
  /** By today's: its numbers are exact (see parseExact). The same reference if nothing differs. */
  readonly meaning: unknown;
}

/**
 * meaningText is canonical for a value with exact numbers: equal for values that mean the same. A
 * number that survives being a double is written as one, which is what afff165 did.
 *
 * @param value a JSON value; a member that is undefined is none
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
 * fingerprints returns what a create carries with its key.
 *
 * @param digest names a text: equal texts alone have equal names
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
 * isSameRequest says whether a create asks again for what another made with its key. Both have their
 * meaning where this code made them. Where one is of afff165, which stored and sent its fingerprint
 * alone, that decides: so a request is the same one across a deploy and across a rollback.
 */
export function isSameRequest(made: Idempotency | undefined, asked: Idempotency): boolean {
  if (made?.meaning !== undefined && asked.meaning !== undefined) {
    return made.meaning === asked.meaning;
  }
  return made?.fingerprint === asked.fingerprint;
}
