import { objectName, tenantOf } from "../../core/shard.ts";
import type { Deployment } from "../../runner/deployment.ts";

/** firstPaused returns the kinds that are paused in the tenant's first object, unless that is this one. */
export function firstPaused(
  { id: { name } }: DurableObjectState,
  env: Cloudflare.Env,
  deployment: Deployment,
): Promise<readonly string[]> | undefined {
  const found = deployment.configOf(env);
  if (name === undefined || !found.ok) return undefined;
  const first = objectName(tenantOf(name), 0);
  if (name === first) return undefined;
  const namespace = deployment.namespaceIn(env, found.value.jurisdiction);
  const stub = namespace.getByName(first) as unknown as {
    pausedKinds(): Promise<readonly string[]>;
  };
  return stub.pausedKinds();
}
