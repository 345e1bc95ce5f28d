import { type Failure, failure } from "../core/errors.ts";
import type { Reply } from "../core/reply.ts";
import { lacks } from "../object/address.ts";
import type { TenantPlace } from "./place.ts";
import type { Shards } from "./shards.ts";

/** atOnce is how many objects are erased at once. */
const atOnce = 8;

/** tries is how often an object is asked: its first response is that it ends. */
const tries = 10;

/**
 * mostCalls is after how many calls one request begins no further objects; longest is after how many milliseconds.
 * Cloudflare lets an invocation make a thousand calls, an object takes two or more, and clients have timeouts.
 */
const mostCalls = 400;
const longest = 20_000;

/** Erased is how far the erasure has come. */
export interface Erased {
  /** How many objects are empty, counted from the first. */
  readonly objects: number;
  /** The object to continue from, if there are more than one request should erase. */
  readonly next?: number;
}

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
 * eraseTenant removes everything that a tenant has, from a given object on, as far as one request should. It may be
 * repeated: an empty object costs one call.
 */
export async function eraseTenant(
  place: TenantPlace,
  shards: Shards,
  from: number,
): Promise<Reply<Erased>> {
  const count = place.config.shards;
  const until = Date.now() + longest;
  let calls = 0;
  try {
    for (let first = from; first < count; first += atOnce) {
      const isEnough = calls >= mostCalls || Date.now() >= until;
      if (isEnough) return { objects: first, next: first };
      const some = Array.from({ length: Math.min(atOnce, count - first) }, (_, at) => first + at);
      for (const made of await Promise.all(some.map((shard) => empty(shards, shard)))) {
        calls += made;
      }
    }
  } catch (thrown) {
    if (lacks(thrown, "erase")) return { error: midDeploy };
    if (thrown instanceof Refilled) return { error: refilled };
    throw thrown;
  }
  return { objects: count };
}

/** Asks an object until it is empty, and returns how often it was asked. */
async function empty(shards: Shards, shard: number): Promise<number> {
  for (let left = tries; ; left--) {
    try {
      if (await shards.at(shard).erase()) return tries - left + 1;
    } catch (thrown) {
      // It has ended, as it does once everything is removed.
      if (left === 1 || lacks(thrown, "erase")) throw thrown;
    }
    if (left === 1) throw new Refilled();
    await scheduler.wait(10 * (tries - left));
  }
}
