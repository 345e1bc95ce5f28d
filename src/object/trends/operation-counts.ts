import type { ShardStats } from "../../core/statistics/shard-stats.ts";
import type { Store } from "../storage/store.ts";

/** exactUpTo is up to how many operations are counted each time. */
const exactUpTo = 1_000;

/**
 * rowsHeld is per how many operations a count is reused for a millisecond; longest is how long it is reused at most.
 */
const rowsHeld = 20;
const longest = 60_000;

type Counts = ShardStats["operations"];

/**
 * OperationCounts counts the operations of a map by kind and status. That reads the front of every row, during which
 * the object does nothing else. So the count of a large map is reused for a time that grows with the map, and counting
 * takes a small part of the object's time, however often it is requested.
 */
export class OperationCounts {
  readonly #store: Pick<Store, "counts">;
  #held: { readonly counts: Counts; readonly from: number; readonly until: number } | undefined;

  constructor(store: Pick<Store, "counts">) {
    this.#store = store;
  }

  /** read returns the counts: current ones up to 1,000 operations, and at most a minute old for more. */
  read(now: number): Counts {
    const held = this.#held;
    if (held && now >= held.from && now < held.until) return held.counts;
    const counts = this.#store.counts(now);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const until = now + Math.min(longest, Math.floor(total / rowsHeld));
    this.#held = total > exactUpTo ? { counts, from: now, until } : undefined;
    return counts;
  }
}
