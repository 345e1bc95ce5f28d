import { ok, type Result } from "../../base/result.ts";
import { type Failure, invalidField } from "../../core/errors.ts";
import { isIdempotencyKey, wantedKey } from "../../core/idempotency-key.ts";

/**
 * idempotencyKey returns the key that makes a create safe to repeat: `Idempotency-Key` (the IETF draft of that name),
 * or its Azure equivalent, `Operation-Id`.
 */
export function idempotencyKey(headers: Headers): Result<string | undefined, Failure> {
  const name = keyHeader(headers);
  if (name === undefined) return ok(undefined);
  const key = headers.get(name) ?? "";
  return isIdempotencyKey(key) ? ok(key) : invalidField(name, wantedKey);
}

/** keyHeader returns the name of the header with the idempotency key, if there is one. */
export function keyHeader(headers: Headers): string | undefined {
  return ["Idempotency-Key", "Operation-Id"].find((name) => headers.has(name));
}
