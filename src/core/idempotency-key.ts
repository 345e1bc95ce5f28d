/** isIdempotencyKey says whether a text can be the key that makes a create safe to repeat. */
export function isIdempotencyKey(text: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(text);
}

/** wantedKey says what an idempotency key is. */
export const wantedKey = "must be 1 to 255 printable characters";
