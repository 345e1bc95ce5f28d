import type { Traffic } from "./traffic.ts";

/** ShardStats is what one shard says of itself. */
export interface ShardStats {
  readonly operations: { kind: string; status: string; count: number }[];
  readonly traffic: Traffic;
  /** Attempts at work in this object. */
  readonly attempts: number;
  /** Sockets of those who wait or watch. */
  readonly waiters: number;
}
