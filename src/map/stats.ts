import { levelOf } from "../core/statistics/kind-levels.ts";
import type { Measures, ShardStats, TenantMeasures } from "../core/statistics/shard-stats.ts";
import { noTotals, plusTotals } from "../core/statistics/totals.ts";

/** TenantStats is the combined stats of all shards. */
export type TenantStats = TenantMeasures & Pick<ShardStats, "operations">;

/** mergeStats adds up the stats of the shards. */
export function mergeStats(shards: readonly ShardStats[]): TenantStats {
  return { ...mergeMeasures(shards), operations: shards.flatMap((shard) => shard.operations) };
}

/** mergeMeasures adds up what the shards have counted; the first one counts the tenant's requests. */
export function mergeMeasures(shards: readonly Measures[]): TenantMeasures {
  const sum = (of: (shard: Measures) => number) => shards.reduce((all, one) => all + of(one), 0);
  const levels = shards.flatMap(({ levels: own }) => (own ? [own] : []));
  const kinds = [...new Set(levels.flatMap((all) => Object.keys(all)))].sort();
  return {
    traffic: shards[0]?.traffic ?? {},
    attempts: sum(({ attempts }) => attempts),
    waiters: sum(({ waiters }) => waiters),
    bytes: sum(({ bytes = 0 }) => bytes),
    levels: Object.fromEntries(kinds.map((kind) => [kind, levelOf(kind, levels)])),
    totals: shards.reduce((all, { totals = noTotals }) => plusTotals(all, totals), noTotals),
  };
}
