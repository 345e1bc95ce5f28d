import { bytesOf, fromBase64, hmac, isHmac, toBase64 } from "../../base/hmac.ts";

/** Claims are what a JWS says, once its signature is known to be good; of each, nothing is checked. */
export type Claims = Readonly<Record<string, unknown>>;

/** The one algorithm, whatever a header says. */
const alg = "HS256";

const compact = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/** signJws writes claims as a compact JWS (RFC 7515, 3.1) by HMAC-SHA256, of the given type. */
export async function signJws(typ: string, claims: Claims, secret: string): Promise<string> {
  const signed = `${encode({ alg, typ })}.${encode(claims)}`;
  return `${signed}.${base64url(await hmac(bytesOf(secret), signed))}`;
}

/**
 * openJws returns the claims of a JWS of the given type that one of the secrets signed, and undefined
 * for all else. A header with `crit` is refused: no extension is understood.
 */
export async function openJws(
  typ: string,
  text: string,
  secrets: readonly string[],
): Promise<Claims | undefined> {
  const [, head = "", body = "", end = ""] = compact.exec(text) ?? [];
  const header = decode(head);
  const signature = bytesIn(end);
  if (header?.alg !== alg || header.typ !== typ || "crit" in header || !signature) return undefined;
  for (const secret of secrets) {
    if (await isHmac(bytesOf(secret), `${head}.${body}`, signature)) return decode(body);
  }
  return undefined;
}

function encode(members: object): string {
  return base64url(bytesOf(JSON.stringify(members)));
}

function decode(text: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytesIn(text)));
    return typeof value === "object" && value !== null ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

function base64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesIn(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}
