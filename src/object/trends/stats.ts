import type { Measures, ShardStats } from "../../core/statistics/shard-stats.ts";
import type { Totals } from "../../core/statistics/totals.ts";
import type { Traffic } from "../../core/statistics/traffic.ts";
import type { Step, TrendRange } from "../../core/statistics/trends.ts";
import type { Attempts } from "../attempts/attempts.ts";
import type { Writes } from "../map/writes.ts";
import type { Work } from "../schedule/work.ts";
import type { Sockets } from "../sockets/sockets.ts";
import type { Counters } from "../storage/counters.ts";
import type { MapSql } from "../storage/map-sql.ts";
import type { Store } from "../storage/store.ts";
import { OperationCounts } from "./operation-counts.ts";
import type { RequestCounts, TrendLog } from "./trend-log.ts";

/** Surroundings are what Stats needs of the object. */
export interface Surroundings {
  readonly sql: Pick<MapSql, "databaseSize" | "isMade">;
  readonly store: Store;
  readonly work: Work;
  readonly counters: Counters;
  readonly trends: TrendLog;
  readonly writes: Writes;
  readonly attempts: Attempts;
  readonly sockets: Sockets;
}

/** Stats returns what this shard holds and has counted, and adds what Workers have counted. */
export class Stats {
  readonly #around: Surroundings;
  readonly #operations: OperationCounts;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#operations = new OperationCounts(around.store);
  }

  /** read returns what this shard holds and has counted. Call it within a group of writes. */
  read(): ShardStats {
    return { operations: this.#operations.read(Date.now()), ...this.measures() };
  }

  /** measures returns what this shard has counted, without reading any operations. Call it within a group of writes. */
  measures(): Measures {
    const { sql, counters, attempts, sockets, trends, work, writes } = this.#around;
    let totals: Totals | undefined;
    writes.part("trends", () => {
      if (sql.isMade) totals = trends.totals();
    });
    return {
      traffic: counters.read(),
      attempts: attempts.size,
      waiters: sockets.size,
      levels: work.levels(),
      bytes: sql.databaseSize,
      ...(totals && { totals }),
    };
  }

  /** trends returns every step of a range, oldest first. */
  trends(range: TrendRange, now: number): readonly Step[] {
    return this.#around.trends.read(range, now);
  }

  /** count adds what a Worker has counted of the tenant's requests. Call it within a group of writes. */
  count(traffic: Traffic, requests: readonly RequestCounts[], limited: number): void {
    const { counters, trends, writes } = this.#around;
    counters.add(traffic);
    writes.part("trends", () => {
      trends.happened("limit.rate", Date.now(), limited);
      trends.requested(requests, Date.now());
    });
  }
}
