import { type Failure, invalid } from "../core/errors.ts";
import { type AskedFor, fingerprints } from "../core/fingerprint.ts";
import { isIdempotencyKey, wantedKey } from "../core/idempotency-key.ts";
import type { Idempotency } from "../core/operation/operation.ts";

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

/** idempotencyOf is what a create carries with its key, by which it is told from other requests. */
export async function idempotencyOf(key: string, asked: AskedFor): Promise<Idempotency> {
  return { key, ...(await fingerprints(asked, sha256)) };
}

async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
