import { isLost, mayStartAt } from "../../core/operation/moments.ts";
import type { Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { ByName } from "../../core/statistics/by-name.ts";
import {
  nothing,
  type Tally,
  withCreated,
  withEnd,
  withRequests,
} from "../../core/statistics/tally.ts";
import { Counting, noTotals, plusTotals, type Totals } from "../../core/statistics/totals.ts";
import {
  carried,
  firstStep,
  isSameLevel,
  type Level,
  rolledUp,
  type Step,
  type TrendRange,
  trendRanges,
} from "../../core/statistics/trends.ts";
import type { At, Follow, Follower } from "../map/followers.ts";
import type { Changes } from "../storage/changes.ts";
import { stampAt, timeOf } from "../storage/stamp.ts";
import { type SavedTotals, TrendStore } from "./trend-store.ts";

/** saveAfter is how old unsaved counts must be, in milliseconds, for a group of writes to save them. */
export const saveAfter = 10_000;

/** kept is how long ago, in milliseconds, something may have happened and still be counted. */
const kept = trendRanges["24h"].step * trendRanges["24h"].steps;

const { step: fineStep } = trendRanges["15m"];

/** RequestCounts contains requests by route pattern that came around a time, in ms since 1970. */
export interface RequestCounts {
  readonly at: number;
  readonly counts: ByName<number>;
}

/**
 * TrendLog counts what happens to the operations of a shard, and the tenant's requests, over time. Counting is done in
 * memory and writes nothing. Unsaved counts are saved by a group of writes that happens anyway: once the oldest is
 * `saveAfter` old, when a Worker delivers its counts, and before operations expire. That writes one row per five
 * minutes that they belong to, so one or two. It sets no timer and no alarm, so nothing is kept awake or woken for it.
 *
 * Besides the counts of each step it keeps totals, in the same rows.
 *
 * What an object had not saved when it was evicted or killed is counted again in its next life, from the operations
 * whose stamps are later than the last save. So a `kill -9` loses no operation, except those that clients deleted
 * before they were saved, or that were created in the millisecond of the last save and have changed since. Of the
 * levels in between it keeps the last; of requests, what was delivered; of lost attempts, deliveries and limits, what
 * was saved.
 */
export class TrendLog implements Follower {
  readonly event = "trends";
  readonly #store: TrendStore;
  readonly #changes: Changes;
  readonly #levelNow: () => Level;
  /** Unsaved counts, by number of fine step. */
  #fresh = new Map<number, Step>();
  /** When the oldest of them happened. */
  #freshSince = 0;
  /** The last level noted, or undefined before the first look of this life. */
  #level: Level | undefined;
  #isRecovered = false;
  /** Nothing is counted in steps that happened up to this time. */
  #talliedTo = Number.NEGATIVE_INFINITY;
  /** Totals that are saved, as far as the last save was committed. */
  #saved: SavedTotals | undefined;
  /** What has been counted since. */
  #counting = new Counting();

  /** @param levelNow returns how many operations are unfinished, which may read the map */
  constructor(sql: SqlStorage, changes: Changes, levelNow: () => Level) {
    this.#store = new TrendStore(sql);
    this.#changes = changes;
    this.#levelNow = levelNow;
  }

  /** changed counts an operation if this change has created or ended it. */
  changed(before: Operation | undefined, { op }: Snapshot, { now }: At): Follow {
    return before ? () => this.#changed(before, op, now) : () => this.#made(op, now);
  }

  #made(op: Operation, now: number): void {
    this.#created(op.kind, now);
    if (op.startedAt !== undefined) this.#started(op);
  }

  #changed(before: Operation, op: Operation, now: number): void {
    if (before.startedAt === undefined && op.startedAt !== undefined) this.#started(op);
    if (isLost(before, op)) this.#counting.count(op.kind, "lost");
    this.#ended(op, now);
  }

  #created(kind: string, now: number): void {
    this.#counting.count(kind, "created");
    this.#count(now, withCreated);
  }

  #started(op: Operation): void {
    const { kind, startedAt = 0 } = op;
    this.#counting.took(kind, "start", startedAt - mayStartAt(op));
  }

  #ended(op: Operation, now: number): void {
    const { status, kind, createdAt, finishedAt = now } = op;
    if (status !== "succeeded" && status !== "failed" && status !== "canceled") return;
    const took = finishedAt - createdAt;
    this.#counting.count(kind, status);
    this.#counting.took(kind, "finish", took);
    this.#count(now, (tally) => withEnd(tally, { kind, status, took }));
  }

  /**
   * happened counts an event that belongs neither to an operation nor to a request, by a name that the code gives it.
   */
  happened(name: string, now: number, times = 1): void {
    if (times === 0) return;
    this.#counting.happened(name, times);
    this.#note(now, {});
  }

  /** totals returns the totals after saving them: what was reported once must be reported again after a crash. */
  totals(): Totals {
    this.save();
    return plusTotals(this.#saved ?? noTotals, this.#counting.totals());
  }

  /**
   * requested counts what a Worker has counted, and saves it in the write that this is part of. A Worker's clock is
   * trusted for up to five minutes in the past; its counts are never later than that.
   */
  requested(requests: readonly RequestCounts[], now: number): void {
    for (const { at, counts } of requests) {
      const then = Math.min(now, Math.max(at, now - 300_000));
      this.#count(then, (tally) => withRequests(tally, counts));
    }
    this.save();
  }

  /** level notes how many operations are unfinished, if that has changed. */
  level(level: Level, now: number): void {
    this.#level ??= this.#store.lastLevel();
    if (isSameLevel(this.#level, level)) return;
    this.#level = level;
    this.#note(now, { level });
  }

  /** saveWhatIsOld saves what is new once it has been so for long enough. */
  saveWhatIsOld(now: number): void {
    if (this.#fresh.size > 0 && Math.abs(now - this.#freshSince) >= saveAfter) this.save();
  }

  /** save writes unsaved counts: one row per five minutes that they belong to. */
  save(): void {
    this.recover();
    if (this.#fresh.size === 0) return;
    // Counts that cannot be written are lost, rather than counted twice.
    const news = this.#inOrder();
    const all = plusTotals(this.#saved ?? noTotals, this.#counting.totals());
    this.#saved = { ...all, stamp: this.#changes.last() };
    this.#fresh = new Map();
    this.#counting = new Counting();
    this.#store.add(news, this.#saved);
  }

  /**
   * recover counts what an earlier life of the object has not saved, from the operations that have changed since. It
   * reads the whole map, once in a life, before any operation is created, changed or removed in it.
   */
  recover(): void {
    if (this.#isRecovered) return;
    this.#isRecovered = true;
    this.#saved = this.#store.totals();
    const saved = this.#store.lastChange();
    const counted = this.#saved?.stamp ?? saved;
    // Older code may have counted only in steps meanwhile.
    if (counted < saved) this.#talliedTo = timeOf(saved);
    this.#talliedTo = Math.max(this.#talliedTo, Date.now() - kept);
    const last = this.#countSince(Math.min(counted, saved));
    this.#talliedTo = Number.NEGATIVE_INFINITY;
    // Nothing has changed after the last change, so the current level is the one that it left.
    if (last !== undefined) this.level(this.#levelNow(), last);
  }

  /** Counts what has changed after a stamp, and returns when that last happened, if anything has changed. */
  #countSince(saved: number): number | undefined {
    let last: number | undefined;
    for (const { time, kind, isStarted } of this.#changes.createdSince(saved)) {
      last = time;
      this.#created(kind, time);
      if (isStarted) this.#counting.took(kind, "start", 0);
    }
    for (const op of this.#changes.operationsSince(saved)) {
      last = Math.max(last ?? 0, op.updatedAt);
      const { imported } = op;
      // It was created elsewhere, and nothing has happened to it here.
      if (imported && op.updatedAt <= imported.at) continue;
      const isNew = (at: number) => op.version === 1 || stampAt(at) > saved;
      if (!imported && isNew(op.createdAt)) this.#created(op.kind, op.createdAt);
      if (op.startedAt !== undefined && isNew(op.startedAt)) this.#started(op);
      this.#ended(op, op.updatedAt);
    }
    return last;
  }

  /** read returns every step of a range, oldest first, saved or not. */
  read(range: TrendRange, now: number): readonly Step[] {
    const { step, steps } = trendRanges[range];
    const first = firstStep(range, now);
    this.recover();
    const saved = this.#store.read(range, first, steps);
    const found = new Map(saved.steps);
    let before = saved.before;
    for (const [number, fresh] of this.#inOrder()) {
      const at = Math.floor((number * fineStep) / step);
      if (at < first) before = fresh.level ?? before;
      else found.set(at, rolledUp([found.get(at) ?? {}, fresh]));
    }
    const all = Array.from({ length: steps }, (_, index) => found.get(first + index) ?? {});
    return carried(all, before);
  }

  #count(now: number, change: (tally: Tally) => Tally): void {
    if (now <= this.#talliedTo) return;
    const known = this.#fresh.get(Math.floor(now / fineStep));
    this.#note(now, { tally: change(known?.tally ?? nothing) });
  }

  #note(now: number, news: Step): void {
    this.#freshSince = this.#fresh.size === 0 ? now : Math.min(this.#freshSince, now);
    const number = Math.floor(now / fineStep);
    this.#fresh.set(number, { ...this.#fresh.get(number), ...news });
  }

  #inOrder(): [number, Step][] {
    return [...this.#fresh].sort(([a], [b]) => a - b);
  }
}
