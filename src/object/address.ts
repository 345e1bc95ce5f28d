import { reasonOf } from "../base/log.ts";
import type { Config } from "../config/config.ts";
import { objectName } from "../core/shard.ts";
import type { Deployment } from "../runner/deployment.ts";
import type { OperationsObject } from "./operations-object.ts";

type Lifecycle = "fetch" | "alarm" | "webSocketMessage" | "webSocketClose" | "webSocketError";

/**
 * OperationsStub is one shard's object as the Worker sees it. The runtime's own stub type loses readonly tuples and
 * exact optional members; since only plain data is sent, the types of the object itself are correct.
 */
export type OperationsStub = Pick<DurableObjectStub, "fetch"> & {
  readonly [M in Exclude<keyof OperationsObject, Lifecycle> as OperationsObject[M] extends Call
    ? M
    : never]: OperationsObject[M] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

type Call = (...args: never[]) => unknown;

/** Place is where objects are found. */
export interface Place {
  readonly deployment: Deployment;
  readonly env: Cloudflare.Env;
  readonly config: Pick<Config, "jurisdiction">;
}

/** objectOf returns the object that holds one shard of a tenant's map. */
export function objectOf(
  { deployment, env, config }: Place,
  tenant: string,
  shard: number,
): OperationsStub {
  const namespace = deployment.namespaceIn(env, config.jurisdiction);
  return namespace.getByName(objectName(tenant, shard)) as unknown as OperationsStub;
}

/**
 * lacks returns whether an object runs code without a method: a deploy reaches Workers and objects at different times.
 */
export function lacks(thrown: unknown, method: keyof OperationsStub): boolean {
  const text = reasonOf(thrown);
  return text.includes("does not implement") && text.includes(`"${method}"`);
}
