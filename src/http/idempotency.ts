import { type Failure, invalid } from "../core/errors.ts";
import { isIdempotencyKey, wantedKey } from "../core/idempotency-key.ts";
import { canonical } from "../core/json.ts";

/**
 * idempotencyKey answers the key that makes a create safe to repeat: `Idempotency-Key` (the IETF
 * draft of that name), or `Operation-Id`, its Azure sibling.
 */
export function idempotencyKey(headers: Headers): string | Failure | undefined {
  const name = keyHeader(headers);
  if (name === undefined) return undefined;
  const key = headers.get(name) ?? "";
  return isIdempotencyKey(key) ? key : invalid([{ path: name, message: wantedKey }]);
}

/** keyHeader is the name of the header that carries an idempotency key, where one does. */
export function keyHeader(headers: Headers): string | undefined {
  return ["Idempotency-Key", "Operation-Id"].find((name) => headers.has(name));
}

/** fingerprintOf names what was asked, in whatever order it was written: equal for equal requests. */
export async function fingerprintOf(asked: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(asked));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
