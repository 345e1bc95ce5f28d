import { type Failure, failure } from "../core/errors.ts";
import type { Reply } from "../core/reply.ts";
import { lacks } from "../object/address.ts";
import type { TenantPlace } from "./place.ts";
import type { Shards } from "./shards.ts";

/** atOnce is how many objects are emptied at once. */
const atOnce = 8;

/** tries is how often an object is asked: its first answer is that it ends. */
const tries = 10;

/** Outside removes what a tenant has outside of its objects, under a name that is the tenant's alone. */
export type Outside = (place: TenantPlace) => Promise<void>;

/** outsides are all of these. They come after the objects, from which more might be written. */
const outsides: readonly Outside[] = [];

const midDeploy: Failure = failure(
  "unavailable",
  "Tenants cannot be deleted until the deployment in progress is complete; retry later",
);

const refilled: Failure = failure(
  "unavailable",
  "Operations are created as fast as they are deleted; revoke the tenant's tokens, then retry",
);

/** Refilled is thrown for an object that is never found empty. */
class Refilled extends Error {}

/**
 * eraseTenant removes all that a tenant has, and returns from how many objects. It may be repeated: what
 * was broken off goes on, and where there is nothing left it costs a call for each object.
 */
export async function eraseTenant(
  place: TenantPlace,
  shards: Shards,
): Promise<Reply<{ readonly objects: number }>> {
  const numbers = Array.from({ length: place.config.shards }, (_, shard) => shard);
  try {
    for (let first = 0; first < numbers.length; first += atOnce) {
      await Promise.all(numbers.slice(first, first + atOnce).map((shard) => empty(shards, shard)));
    }
    for (const outside of outsides) await outside(place);
  } catch (thrown) {
    if (lacks(thrown, "erase")) return { error: midDeploy };
    if (thrown instanceof Refilled) return { error: refilled };
    throw thrown;
  }
  return { objects: numbers.length };
}

/** Asks an object until there is nothing in it. */
async function empty(shards: Shards, shard: number): Promise<void> {
  for (let left = tries; ; left--) {
    try {
      if (await shards.at(shard).erase()) return;
    } catch (thrown) {
      // It has ended, as it does once all is removed.
      if (left === 1 || lacks(thrown, "erase")) throw thrown;
    }
    if (left === 1) throw new Refilled();
    await scheduler.wait(10 * (tries - left));
  }
}
