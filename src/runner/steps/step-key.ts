/** longest is the longest key that is known to be taken everywhere, in characters. */
const longest = 255;

/**
 * stepKey is the idempotency key of a step: the same in every try. A long one is hashed.
 *
 * @param base what tells repetitions of the operation
 */
export async function stepKey(base: string, name: string): Promise<string> {
  const key = `${base}/${encodeURIComponent(name.toWellFormed())}`;
  if (key.length <= longest) return key;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
