import type { ShardStats } from "../core/statistics/shard-stats.ts";

/** TenantStats are those of all shards together. */
export type TenantStats = ShardStats;

/** mergeStats adds up what the shards say of themselves; the first one counts the tenant's requests. */
export function mergeStats(shards: readonly ShardStats[]): TenantStats {
  const sum = (of: (shard: ShardStats) => number) => shards.reduce((all, one) => all + of(one), 0);
  return {
    operations: shards.flatMap(({ operations }) => operations),
    traffic: shards[0]?.traffic ?? {},
    attempts: sum(({ attempts }) => attempts),
    waiters: sum(({ waiters }) => waiters),
  };
}
