import { sign, verify } from "@tsndr/cloudflare-worker-jwt";

/** Claims are the contents of a JWS with a valid signature; none of them has been checked. */
export type Claims = Readonly<Record<string, unknown>>;

/** The only algorithm, whatever a header says. */
const algorithm = "HS256";

/** signJws writes claims as a compact JWS (RFC 7515, 3.1) by HMAC-SHA256, of the given type. */
export async function signJws(typ: string, claims: Claims, secret: string): Promise<string> {
  return sign({ ...claims }, await keyOf(secret, "sign"), { algorithm, header: { typ } });
}

/**
 * openJws returns the claims of a JWS of the given type that one of the secrets signed, and undefined for everything
 * else. A header with `crit` is refused, since no extension is supported.
 */
export async function openJws(
  typ: string,
  text: string,
  secrets: readonly string[],
): Promise<Claims | undefined> {
  for (const secret of secrets) {
    const opened = await open(text, secret);
    if (!opened) continue;
    const { header, payload } = opened;
    return header.typ === typ && !("crit" in header) ? payload : undefined;
  }
  return undefined;
}

/** Times are not checked here: expiry matters only once the JWS is known to be ours. */
async function open(text: string, secret: string) {
  try {
    const clockTolerance = Number.POSITIVE_INFINITY;
    return await verify<Claims>(text, await keyOf(secret, "verify"), { algorithm, clockTolerance });
  } catch {
    // It throws for text that is not a JWS at all.
    return undefined;
  }
}

/** The library treats a secret given as text differently if it looks like PEM. */
function keyOf(secret: string, use: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [use]);
}
