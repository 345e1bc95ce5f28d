import { type Failure, invalid } from "../core/errors.ts";
import { canonical } from "../core/json.ts";

/**
 * idempotencyKey answers the key that makes a create safe to repeat: `Idempotency-Key` (the IETF
 * draft of that name), or `Operation-Id`, its Azure sibling.
 */
export function idempotencyKey(headers: Headers): string | Failure | undefined {
  for (const name of ["Idempotency-Key", "Operation-Id"]) {
    const key = headers.get(name);
    if (key === null) continue;
    if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
    return invalid([{ path: name, message: "want 1 to 255 printable characters" }]);
  }
  return undefined;
}

/** fingerprintOf names what was asked, in whatever order it was written: equal for equal requests. */
export async function fingerprintOf(asked: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonical(asked));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
}
