import { env } from "cloudflare:workers";
import { Logger } from "../../src/base/log.ts";
import type { TenantPlace } from "../../src/map/place.ts";
import { deployment } from "../object/deployment.ts";

/** placeOf is a tenant's place whose objects are as altered, and what is asked of them, in order. */
export function placeOf(tenant: string, objects: typeof env.OPERATIONS, joins = true) {
  const calls: string[] = [];
  const getByName = (name: string) =>
    new Proxy(objects.getByName(name), {
      get: (stub, method) => {
        calls.push(String(method));
        return (stub as unknown as Record<string, unknown>)[String(method)];
      },
    });
  const place = {
    deployment,
    env: { ...env, OPERATIONS: { getByName } },
    config: { jurisdiction: undefined, shards: 1 },
    tenant,
    log: new Logger("test"),
    joins,
    keep: () => {},
  };
  return { place: place as unknown as TenantPlace, calls };
}
