import type { TenantPlace } from "../place.ts";
import type { Call, Caller } from "./call.ts";
import { queuesOf } from "./queues.ts";

/**
 * joined makes a call with those of other requests of the same tenant, or by itself where calls are not combined.
 *
 * @param queue the name of what calls it can be combined with
 */
export function joined<A>(
  { joins, env, tenant }: TenantPlace,
  queue: string,
  call: Call<A>,
  caller: Caller<A>,
): Promise<unknown> {
  return joins ? queuesOf(env).call(`${queue} ${tenant}`, call, caller) : caller.alone(call.args);
}
