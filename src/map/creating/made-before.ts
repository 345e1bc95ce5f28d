import type { Config } from "../../config/config.ts";
import type { Idempotency } from "../../core/operation/operation.ts";
import type { Created, Reply } from "../../core/reply.ts";
import { homes } from "../../core/shard.ts";
import { lacks, type OperationsStub } from "../../object/address.ts";
import type { Reservation } from "../../object/map/reservations.ts";
import type { Shards } from "../shards.ts";

type Homes = Pick<Config, "shards" | "createShards">;
type Made = Reply<Created> | undefined;

/** homeOf returns the object that a create with a key goes to. */
export function homeOf(key: string, { createShards }: Pick<Config, "createShards">): number {
  return homes(key, createShards).at(-1) ?? 0;
}

/**
 * madeBefore returns, for each idempotency key, what it has created in another object than the one that its create goes
 * to. Each object is asked once for all keys.
 *
 * A key that is new to its home may be known where it lived when there were fewer objects. While the deployment grows
 * (`SHARDS=4..8`), Workers that already use 8 objects may serve beside this one. Those create at the key's home among
 * 8, while this one, like Workers that only know 4, creates at its home among 4. So this one first asks the home among
 * 8, which returns what it has created with the key, or from then on sends every caller to the home among 4: one object
 * decides, whoever asks. A request that breaks off between the two leaves a reservation, which loses nothing: where it
 * leads, the key is new.
 */
export async function madeBefore(
  config: Homes,
  all: Shards,
  keys: readonly Idempotency[],
): Promise<readonly Made[]> {
  const former = await findFormer(config, all, keys);
  const open = keys.filter((key) => former.get(key) === undefined);
  const reserved = await reserve(config, all, open);
  return keys.map((key) => former.get(key) ?? reserved.get(key));
}

/** Returns what keys have created in their older homes. */
async function findFormer(
  config: Homes,
  all: Shards,
  keys: readonly Idempotency[],
): Promise<ReadonlyMap<Idempotency, Made>> {
  const places = keys.flatMap((key) =>
    homes(key.key, config.createShards)
      .slice(0, -1)
      .map((shard) => ({ key, shard })),
  );
  const found = await all.for(
    places,
    ({ shard }) => shard,
    (stub, own) => stub.findMany(own.map(({ key }) => key)),
  );
  const made = new Map<Idempotency, Made>();
  for (const [{ key }, reply] of found) {
    // A home that cannot be reached leaves open what the key has created, unless another home knows.
    if (reply && (!reply.error || made.get(key) === undefined)) made.set(key, reply);
  }
  return made;
}

/** Reserves keys where they move to as the deployment grows, and returns what they have created there. */
async function reserve(
  config: Homes,
  all: Shards,
  keys: readonly Idempotency[],
): Promise<ReadonlyMap<Idempotency, Made>> {
  const { shards, createShards } = config;
  if (shards === createShards) return new Map();
  const moving = keys.flatMap((idempotency) => {
    const shard = homeOf(idempotency.key, { createShards });
    const later = homeOf(idempotency.key, { createShards: shards });
    return shard === later ? [] : [{ reservation: { idempotency, shard }, later }];
  });
  const found = await all.for(
    moving,
    ({ later }) => later,
    (stub, own) =>
      reserveMany(
        stub,
        own.map(({ reservation }) => reservation),
      ),
  );
  return new Map([...found].map(([{ reservation }, made]) => [reservation.idempotency, made]));
}

/** An object with older code stores no reservations; it returns what it has created. */
async function reserveMany(
  stub: OperationsStub,
  reservations: readonly Reservation[],
): Promise<readonly Made[]> {
  try {
    return await stub.reserveMany(reservations);
  } catch (thrown) {
    if (!lacks(thrown, "reserveMany")) throw thrown;
    return stub.findMany(reservations.map(({ idempotency }) => idempotency));
  }
}
