import type { Idempotency } from "../core/operation.ts";
import type { Reply } from "../core/reply.ts";
import { homes } from "../core/shard.ts";
import { objectOf } from "../object/address.ts";
import type { Created } from "../object/operations.ts";
import type { Asked } from "./exchange.ts";

/**
 * madeBefore answers, for each idempotency key, what it made in another object than its home now: a
 * key that is new to its home may be known to where it lived when there were fewer shards. Each
 * object is asked once for all keys.
 */
export async function madeBefore(
  { env, config, caller }: Asked,
  keys: readonly Idempotency[],
): Promise<(Reply<Created> | undefined)[]> {
  const former = keys.map(({ key }) => homes(key, config.shards).slice(0, -1));
  const answers = await Promise.all(
    [...new Set(former.flat())].map(async (shard) => {
      const asked = keys.filter((_, index) => former[index]?.includes(shard));
      const found = await objectOf(env, config, caller.tenant, shard).findMany(asked);
      return [shard, new Map(asked.map((key, index) => [key, found[index]]))] as const;
    }),
  );
  const byShard = new Map(answers);
  return keys.map((key, index) =>
    former[index]?.map((shard) => byShard.get(shard)?.get(key)).find((made) => made !== undefined),
  );
}
