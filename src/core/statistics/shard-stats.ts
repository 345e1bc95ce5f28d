import type { KindLevel, KindLevels } from "./kind-levels.ts";
import type { Totals } from "./totals.ts";
import type { Traffic } from "./traffic.ts";

/** Measures are what a shard counts, and can tell without reading its map. */
export interface Measures {
  readonly traffic: Traffic;
  /** Attempts at work in this object. */
  readonly attempts: number;
  /** Sockets of those who wait or watch. */
  readonly waiters: number;
  /** How the kinds stand. Older code tells neither this nor what follows. */
  readonly levels?: KindLevels;
  /** What has happened to its operations. */
  readonly totals?: Totals;
  /** What it has stored, in bytes. */
  readonly bytes?: number;
}

/** TenantMeasures are those of all shards of a tenant together. */
export type TenantMeasures = Required<Omit<Measures, "levels">> & {
  readonly levels: Readonly<Record<string, KindLevel>>;
};

/** Metrics writes what has been counted of one tenant as text, and says what media type that is. */
export interface Metrics {
  readonly mediaType: string;
  write(measures: TenantMeasures): string;
}

/** ShardStats is what one shard says of itself. */
export interface ShardStats extends Measures {
  readonly operations: { kind: string; status: string; count: number }[];
}
