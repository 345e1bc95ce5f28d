/** longest is the longest key that is known to be accepted everywhere, in characters. */
const longest = 255;

/**
 * stepKey returns the idempotency key of a step, which is the same in every try. A long one is hashed.
 *
 * @param base the idempotency key of the operation's work
 */
export function stepKey(base: string, name: string): Promise<string> {
  return keyWithin(`${base}/${encodeURIComponent(name.toWellFormed())}`);
}

/** undoKey returns the idempotency key for undoing a step. No step has it: slashes in names are encoded. */
export function undoKey(base: string, name: string): Promise<string> {
  return keyWithin(`${base}/${encodeURIComponent(name.toWellFormed())}/undo`);
}

async function keyWithin(key: string): Promise<string> {
  if (key.length <= longest) return key;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
