import type { Result } from "../../base/result.ts";
import { tenantOf } from "../../core/shard.ts";
import { signingKeys } from "../../runner/webhook-keys.ts";
import type { ObjectSettings } from "../environment.ts";

/**
 * signingOf returns what tells the keys that an object signs webhooks with, or why there are none. An import may
 * bring the id of another tenant's operation, so what it brings is signed with a key that other tenants have too
 * only where there is no other.
 *
 * @param name the object's, if it knows it
 */
export function signingOf(
  name: string | undefined,
  { webhookSecrets, hasOneTenant }: Pick<ObjectSettings, "webhookSecrets" | "hasOneTenant">,
): (isImported: boolean) => Promise<Result<readonly string[], string>> {
  const tenant = name === undefined ? undefined : tenantOf(name);
  return (isImported) =>
    signingKeys(webhookSecrets, { tenant, isShared: hasOneTenant || !isImported });
}
