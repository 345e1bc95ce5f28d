import { stackOf } from "../base/log.ts";
import { type Failure, failure } from "../core/errors.ts";
import { type OperationsStub, objectOf } from "../object/address.ts";
import type { TenantPlace } from "./place.ts";

/** Unreachable is what became of an item whose object failed. */
export interface Unreachable {
  readonly error: Failure;
}

/** unreachable is the one Unreachable. */
export const unreachable: Unreachable = {
  error: failure("unavailable", "The operations are not reachable right now"),
};

/**
 * byShard makes one call for each object that items belong to, and returns what became of each item.
 * An object that fails fails its own items alone; where there is no other object, it throws.
 *
 * @param ask returns one value for each item, in their order
 */
export async function byShard<T extends object, R>(
  { deployment, env, config, caller, log }: TenantPlace,
  items: readonly T[],
  shardOf: (item: T) => number,
  ask: (stub: OperationsStub, own: readonly T[]) => Promise<readonly R[]>,
): Promise<Map<T, R | Unreachable>> {
  const groups = [...Map.groupBy(items, shardOf)];
  const settled = await Promise.allSettled(
    groups.map(([shard, own]) =>
      ask(objectOf({ deployment, env, config }, caller.tenant, shard), own),
    ),
  );
  const found = new Map<T, R | Unreachable>();
  for (const [place, result] of settled.entries()) {
    const [shard, own] = groups[place] ?? [0, []];
    if (result.status === "rejected") {
      if (groups.length === 1) throw result.reason;
      log.error("part of a request failed", { shard, stack: stackOf(result.reason) });
    }
    for (const [index, item] of own.entries()) {
      found.set(item, result.status === "fulfilled" ? (result.value[index] as R) : unreachable);
    }
  }
  return found;
}
