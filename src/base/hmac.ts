/** bytesOf are the bytes of a text in UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** toBase64 writes bytes as base64, with its padding. Source: RFC 4648, 4. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** fromBase64 reads base64. @throws DOMException for what is none */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** hmac is the HMAC-SHA256 of a text. Source: RFC 2104. */
export async function hmac(key: Uint8Array, text: string): Promise<Uint8Array> {
  const imported = await imports(key, "sign");
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytesOf(text)));
}

/** isHmac says whether a signature is the HMAC-SHA256 of a text, in constant time. */
export async function isHmac(
  key: Uint8Array,
  text: string,
  signature: Uint8Array,
): Promise<boolean> {
  return crypto.subtle.verify("HMAC", await imports(key, "verify"), signature, bytesOf(text));
}

function imports(key: Uint8Array, use: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}
