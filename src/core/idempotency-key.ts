/** isIdempotencyKey says whether a text is a valid idempotency key. */
export function isIdempotencyKey(text: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(text);
}

/** wantedKey describes a valid idempotency key. */
export const wantedKey = "must be 1 to 255 printable characters";
