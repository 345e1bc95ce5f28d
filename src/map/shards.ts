import { stackOf } from "../base/log.ts";
import { type Failure, failure } from "../core/errors.ts";
import { parseId } from "../core/id.ts";
import { type OperationsStub, objectOf } from "../object/address.ts";
import { JoinedObject } from "./joining/joined-object.ts";
import type { TenantPlace } from "./place.ts";

/** Unreachable is the outcome for an item whose object failed. */
export interface Unreachable {
  readonly error: Failure;
}

/** unreachable is the only Unreachable. */
export const unreachable: Unreachable = {
  error: failure("unavailable", "The operations are temporarily unreachable"),
};

/** Shards is the objects that hold a tenant's map, and the ways to ask several of them. */
export class Shards {
  readonly #place: TenantPlace;

  constructor(place: TenantPlace) {
    this.#place = place;
  }

  /** at returns the object of one shard. */
  at(shard: number): OperationsStub {
    return objectOf(this.#place, this.#place.tenant, shard);
  }

  /** joined returns the object of one shard, whose calls are combined with those of other requests. */
  joined(shard: number): JoinedObject {
    return new JoinedObject(this.#place, shard);
  }

  /** joinedOf is joined for the object that an ID names, as `of` finds it. */
  joinedOf(id: string): JoinedObject | undefined {
    const shard = parseId(id)?.shard;
    return shard === undefined ? undefined : this.joined(shard);
  }

  /**
   * of returns the object that an ID names, or undefined if the ID is not one of ours. The ID decides, not `SHARDS`:
   * while that grows, other Workers create in objects that this one does not know of. An object that holds nothing says
   * so, and writes nothing.
   */
  of(id: string): OperationsStub | undefined {
    const shard = parseId(id)?.shard;
    return shard === undefined ? undefined : this.at(shard);
  }

  /** all returns the objects of all shards, in order. */
  all(): OperationsStub[] {
    return Array.from({ length: this.#place.config.shards }, (_, shard) => this.at(shard));
  }

  /** each asks every shard at once, and throws if one fails. */
  each<R>(ask: (stub: OperationsStub, shard: number) => Promise<R>): Promise<R[]> {
    return Promise.all(this.all().map(ask));
  }

  /** batches asks every shard, some at a time, so that few of their values are in memory at once. */
  async *batches<R>(atOnce: number, ask: (stub: OperationsStub) => Promise<R>) {
    const all = this.all();
    for (let first = 0; first < all.length; first += atOnce) {
      yield await Promise.all(all.slice(first, first + atOnce).map(ask));
    }
  }

  /**
   * for makes one call to each object that items belong to, and returns the outcome of each item. If an object fails,
   * only its own items fail; if there is no other object, it throws.
   *
   * @param ask returns one value for each item, in order
   */
  async for<T, R>(
    items: readonly T[],
    shardOf: (item: T) => number,
    ask: (stub: OperationsStub, own: readonly T[]) => Promise<readonly R[]>,
  ): Promise<Map<T, R | Unreachable>> {
    const settled = await this.#grouped(items, shardOf, ask);
    const found = new Map<T, R | Unreachable>();
    for (const { shard, own, result } of settled) {
      if (result.status === "rejected") {
        if (settled.length === 1) throw result.reason;
        this.#place.log.error("part of a request failed", { shard, stack: stackOf(result.reason) });
      }
      for (const [index, item] of own.entries()) {
        found.set(item, result.status === "fulfilled" ? (result.value[index] as R) : unreachable);
      }
    }
    return found;
  }

  /** forAll is `for` where the values of one object are useless without the others: it throws if any object fails. */
  async forAll<T, R>(
    items: readonly T[],
    shardOf: (item: T) => number,
    ask: (stub: OperationsStub, own: readonly T[]) => Promise<readonly R[]>,
  ): Promise<Map<T, R>> {
    const found = new Map<T, R>();
    for (const { own, result } of await this.#grouped(items, shardOf, ask)) {
      if (result.status === "rejected") throw result.reason;
      for (const [index, item] of own.entries()) found.set(item, result.value[index] as R);
    }
    return found;
  }

  #grouped<T, R>(
    items: readonly T[],
    shardOf: (item: T) => number,
    ask: (stub: OperationsStub, own: readonly T[]) => Promise<R>,
  ) {
    const groups = [...Map.groupBy(items, shardOf)].map(async ([shard, own]) => {
      const [result] = await Promise.allSettled([ask(this.at(shard), own)]);
      return { shard, own, result };
    });
    return Promise.all(groups);
  }
}
