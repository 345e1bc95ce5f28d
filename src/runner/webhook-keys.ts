import { hkdf } from "../base/crypto/hkdf.ts";
import { fromBase64, toBase64 } from "../base/crypto/hmac.ts";
import { failed, ok, type Result } from "../base/result.ts";

/**
 * The prefix of a root secret. It never leaves the deployment: each tenant's webhooks are signed with a key that is
 * derived from it. An entry that begins with `whsec_` is itself the key, for every tenant.
 */
const root = "whroot_";

/** Signer is for whom a webhook is signed. */
export interface Signer {
  /** Undefined if the object does not know its name. */
  readonly tenant: string | undefined;
  /** Whether a key that other tenants share may sign. */
  readonly isShared: boolean;
}

/** rootSecrets returns the root secrets in WEBHOOK_SECRET, in their order. */
export function rootSecrets(secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => secret.startsWith(root));
}

/**
 * signingKeys returns the keys that sign a tenant's webhooks, as Standard Webhooks writes them, in the order of
 * WEBHOOK_SECRET; or why there is none.
 */
export async function signingKeys(
  secrets: readonly string[],
  { tenant, isShared }: Signer,
): Promise<Result<readonly string[], string>> {
  const keys = await Promise.all(
    secrets.map((secret) => {
      if (!secret.startsWith(root)) return isShared ? secret : [];
      return tenant === undefined ? [] : tenantKey(secret, tenant);
    }),
  );
  if (keys.flat().length > 0) return ok(keys.flat());
  return failed(secrets.length === 0 ? "WEBHOOK_SECRET is not set" : noOwnKey);
}

const noOwnKey =
  "The tenant has no key of its own: WEBHOOK_SECRET has no secret that begins with whroot_";

async function tenantKey(secret: string, tenant: string): Promise<string> {
  const purpose = `edge-operations webhook key of tenant: ${tenant}`;
  const key = await hkdf(fromBase64(secret.slice(root.length)), purpose);
  return `whsec_${toBase64(key)}`;
}
