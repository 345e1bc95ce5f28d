import { hkdf } from "../../../base/crypto/hkdf.ts";

/**
 * Sealed text can be read again only with one of the same secrets: AES-256-GCM with a key that HKDF derives from a
 * secret, and a random nonce. The URL of a webhook often contains a secret, so a file has it sealed with a secret that
 * no receiver of webhooks knows.
 */
const purpose = "edge-operations export: the URL of a webhook";
const nonceSize = 12;

/** seal returns the sealed text, as base64. */
export async function seal(text: string, secret: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(nonceSize));
  const key = await keyOf(secret, "encrypt");
  const bytes = new TextEncoder().encode(text);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, bytes);
  const whole = new Uint8Array(nonceSize + sealed.byteLength);
  whole.set(nonce);
  whole.set(new Uint8Array(sealed), nonceSize);
  return whole.toBase64();
}

/** open returns the text that was sealed with one of the secrets, or undefined. */
export async function open(
  sealed: string,
  secrets: readonly string[],
): Promise<string | undefined> {
  for (const secret of secrets) {
    try {
      const bytes = Uint8Array.fromBase64(sealed);
      const algorithm = { name: "AES-GCM", iv: bytes.slice(0, nonceSize) };
      const key = await keyOf(secret, "decrypt");
      const opened = await crypto.subtle.decrypt(algorithm, key, bytes.slice(nonceSize));
      return new TextDecoder().decode(opened);
    } catch {
      // It was sealed with another secret, or is damaged.
    }
  }
  return undefined;
}

/** The keys, and not their promises: a promise of a request that has ended continues for no other one. */
const keys = new Map<string, CryptoKey>();

async function keyOf(secret: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const name = `${use} ${secret}`;
  const key = keys.get(name) ?? (await made(secret, use));
  keys.set(name, key);
  return key;
}

async function made(secret: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const bytes = await hkdf(new TextEncoder().encode(secret), purpose);
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [use]);
}
