/**
 * hkdf derives 32 bytes from a secret for one purpose; they reveal nothing about those for other purposes, or about the
 * secret. Source: RFC 5869, with SHA-256 and no salt.
 */
export async function hkdf(secret: Uint8Array, purpose: string): Promise<Uint8Array> {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const info = new TextEncoder().encode(purpose);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, 256));
}
