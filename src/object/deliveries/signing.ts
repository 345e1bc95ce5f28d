import type { Result } from "../../base/result.ts";
import { tenantOf } from "../../core/shard.ts";
import { signingKeys } from "../../runner/webhook-keys.ts";
import type { ObjectSettings } from "../environment.ts";

/**
 * signingOf returns a function that returns the keys for an object's webhooks, or why there are none. An import may
 * contain the ID of another tenant's operation, so imported operations are signed with a key shared by several tenants
 * only if there is no other key.
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
