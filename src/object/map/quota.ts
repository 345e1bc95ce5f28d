import { type Failure, failure } from "../../core/errors.ts";
import { shareOf } from "../../core/shard.ts";
import type { Deployment } from "../../runner/deployment.ts";
import type { LargeRoom } from "../../runner/large.ts";
import type { Store } from "../storage/store.ts";

/** recountEvery is the shortest time between two counts at the limit, in milliseconds. */
const recountEvery = 60_000;

/** beyond is how many operations of kind `bulk` a full object still accepts. */
const beyond = 10;

/** Shares are one object's shares of its tenant's limits. */
export interface Shares {
  readonly operations: number;
  /** Bytes. */
  readonly storage: number;
  /** Sockets, and creates that wait. */
  readonly waiters: number;
}

/** sharesOf returns an object's shares; with an invalid configuration there are no limits. */
export function sharesOf(deployment: Deployment, env: Cloudflare.Env): Shares {
  const found = deployment.configOf(env);
  if (!found.ok) {
    const open = Number.POSITIVE_INFINITY;
    return { operations: open, storage: open, waiters: open };
  }
  const { shards, createShards, maxOperations, maxStorage, maxWaiters } = found.value;
  return {
    operations: shareOf(maxOperations, createShards),
    storage: shareOf(maxStorage, createShards),
    waiters: shareOf(maxWaiters, shards),
  };
}

/** Surroundings are what Quota needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly sql: Pick<SqlStorage, "databaseSize">;
  readonly shares: Shares;
  /** What is in a bucket, if there is one. */
  readonly large: Pick<LargeRoom, "size"> | undefined;
  /** hit is called with the limit that has refused an operation. */
  hit(limit: "operations" | "storage"): void;
}

/**
 * Quota says when an object is full. Its operations are counted once per life of the object, and then updated; only at
 * the limit they are counted again, once a minute. Without limits nothing is counted.
 */
export class Quota {
  readonly #around: Surroundings;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /**
   * refusal returns why no operation can be created now, or undefined if one can.
   *
   * @param isFreeing whether the operation frees more than it takes, so that it is accepted by a full object
   * @param isBulk whether it is of kind `bulk`, which may delete many: a few are accepted beyond the limits
   * @param more bytes that it stores in addition to its request
   */
  refusal(now: number, isFreeing = false, isBulk = false, more = 0): Failure | undefined {
    const { store, sql, shares, large } = this.#around;
    const operations = shares.operations + (isBulk ? beyond : 0);
    const storage = isFreeing || isBulk ? Number.POSITIVE_INFINITY : shares.storage;
    const isLimited = storage !== Number.POSITIVE_INFINITY;
    if (isLimited && sql.databaseSize + (large?.size ?? 0) + more >= storage) {
      this.#around.hit("storage");
      return full("has too little storage left (MAX_STORAGE)");
    }
    if (operations === Number.POSITIVE_INFINITY || store.count() < operations) return undefined;
    if (Math.abs(now - this.#countedAt) >= recountEvery) {
      this.#countedAt = now;
      store.recount();
      if (store.count() < operations) return undefined;
    }
    this.#around.hit("operations");
    return full("has as many operations as it may (MAX_OPERATIONS)");
  }
}

function full(what: string): Failure {
  return failure(
    "quota-exceeded",
    `The tenant ${what}; delete some operations, or wait until they expire`,
  );
}
