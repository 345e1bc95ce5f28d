import { hkdf } from "../../../base/crypto/hkdf.ts";

/**
 * What is sealed can be read again where one of the same secrets is known: AES-256-GCM under a key that
 * HKDF makes of a secret, with a nonce of its own. The URL of a webhook is often what lets one in, so a file
 * holds it sealed by a secret that no receiver of webhooks has.
 */
const purpose = "edge-operations export: the URL of a webhook";
const nonceSize = 12;

/** seal returns a text sealed, as base64. */
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

/** open returns what was sealed by one of some secrets, or undefined. */
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
      // Another secret has sealed it, or it is damaged.
    }
  }
  return undefined;
}

const keys = new Map<string, Promise<CryptoKey>>();

function keyOf(secret: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const name = `${use} ${secret}`;
  const known = keys.get(name) ?? made(secret, use);
  keys.set(name, known);
  return known;
}

async function made(secret: string, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const bytes = await hkdf(new TextEncoder().encode(secret), purpose);
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [use]);
}
