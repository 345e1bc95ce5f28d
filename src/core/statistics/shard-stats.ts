import type { KindLevel, KindLevels } from "./kind-levels.ts";
import type { Totals } from "./totals.ts";
import type { Traffic } from "./traffic.ts";

/** Measures are what a shard can report without reading its map. */
export interface Measures {
  readonly traffic: Traffic;
  /** Attempts running in this object. */
  readonly attempts: number;
  /** Sockets of clients that wait or watch. */
  readonly waiters: number;
  /** The levels of the kinds. Older code does not report this or the following members. */
  readonly levels?: KindLevels;
  /** The totals of its operations. */
  readonly totals?: Totals;
  /** The size of its storage, in bytes. */
  readonly bytes?: number;
}

/** TenantMeasures are the measures of all shards of a tenant combined. */
export type TenantMeasures = Required<Omit<Measures, "levels">> & {
  readonly levels: Readonly<Record<string, KindLevel>>;
};

/** Metrics writes the measures of one tenant as text, with its media type. */
export interface Metrics {
  readonly mediaType: string;
  write(measures: TenantMeasures): string;
}

/** ShardStats are the statistics of one shard. */
export interface ShardStats extends Measures {
  readonly operations: { kind: string; status: string; count: number }[];
}
