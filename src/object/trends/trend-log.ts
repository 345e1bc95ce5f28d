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
import {
  carried,
  firstStep,
  type Level,
  rolledUp,
  type Step,
  type TrendRange,
  trendRanges,
} from "../../core/statistics/trends.ts";
import type { At, Follow, Follower } from "../map/followers.ts";
import type { Changes } from "../storage/changes.ts";
import { stampAt } from "../storage/stamp.ts";
import { TrendStore } from "./trend-store.ts";

/** saveAfter is how old, in milliseconds, what is not saved must be for a group of writes to save it. */
export const saveAfter = 10_000;

/** kept is how long ago, in milliseconds, something may have happened to be counted after all. */
const kept = trendRanges["24h"].step * trendRanges["24h"].steps;

const { step: fineStep } = trendRanges["15m"];

/** RequestCounts are requests by route pattern that came around a time, in ms since 1970. */
export interface RequestCounts {
  readonly at: number;
  readonly counts: ByName<number>;
}

/**
 * TrendLog counts what happens to the operations of a shard, and the tenant's requests, over time.
 * Counting is done in memory and writes nothing. What is new is saved by a group of writes that
 * there is anyway, once the first of it is `saveAfter` old, when a Worker hands in its counts and
 * before operations expire: as one row for each five minutes that it belongs to, one or two. It
 * sets no timer and no alarm, so that nothing is kept awake or woken for it.
 *
 * What an object had not saved when it was evicted or killed is counted again in its next life, from
 * the operations whose stamps are later than what was saved. So a `kill -9` loses no operation, but
 * for those that clients deleted before they were saved, or that were made in the millisecond of the
 * last save and have changed since; of the levels in between it keeps the last, and of requests what
 * was handed in.
 */
export class TrendLog implements Follower {
  readonly event = "trends";
  readonly #store: TrendStore;
  readonly #changes: Changes;
  readonly #levelNow: () => Level;
  /** What is not saved, by number of fine step. */
  #fresh = new Map<number, Step>();
  /** When the first of it happened. */
  #freshSince = 0;
  /** What was last noted, or undefined before the first look of this life. */
  #level: Level | undefined;
  #isRecovered = false;

  /** @param levelNow looks how many operations are unfinished, which may read the map */
  constructor(sql: SqlStorage, changes: Changes, levelNow: () => Level) {
    this.#store = new TrendStore(sql);
    this.#changes = changes;
    this.#levelNow = levelNow;
  }

  /** changed counts an operation if this change has made or ended it. */
  changed(before: Operation | undefined, { op }: Snapshot, { now }: At): Follow {
    return before ? () => this.#ended(op, now) : () => this.#created(now);
  }

  #created(now: number): void {
    this.#count(now, withCreated);
  }

  #ended(op: Operation, now: number): void {
    const { status, kind, createdAt, finishedAt = now } = op;
    if (status !== "succeeded" && status !== "failed" && status !== "canceled") return;
    this.#count(now, (tally) => withEnd(tally, { kind, status, took: finishedAt - createdAt }));
  }

  /**
   * requested counts what a Worker has counted, and saves it in the write that this is part of. A
   * Worker's clock is believed for five minutes back, which its counts are never late.
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
    const { running, waiting } = this.#level ?? {};
    if (running === level.running && waiting === level.waiting) return;
    this.#level = level;
    this.#note(now, { level });
  }

  /** saveWhatIsOld saves what is new once it has been so for long enough. */
  saveWhatIsOld(now: number): void {
    if (this.#fresh.size > 0 && Math.abs(now - this.#freshSince) >= saveAfter) this.save();
  }

  /** save writes what is new: one row for each five minutes that it belongs to. */
  save(): void {
    this.recover();
    if (this.#fresh.size === 0) return;
    // What cannot be written is lost, rather than counted twice.
    const news = this.#inOrder();
    this.#fresh = new Map();
    this.#store.add(news, this.#changes.last);
  }

  /**
   * recover counts what an earlier life of the object has not saved, from the operations that have
   * changed since. It reads the whole map, once in a life, and comes before any operation is made,
   * changed or removed in it.
   */
  recover(): void {
    if (this.#isRecovered) return;
    this.#isRecovered = true;
    const from = Date.now() - kept;
    const saved = Math.max(this.#store.lastChange(), stampAt(from));
    let last: number | undefined;
    for (const time of this.#changes.createdSince(saved)) {
      last = time;
      this.#created(time);
    }
    for (const op of this.#changes.operationsSince(saved)) {
      last = Math.max(last ?? 0, op.updatedAt);
      const isNew = op.version === 1 || stampAt(op.createdAt) > saved;
      if (isNew) this.#created(op.createdAt);
      this.#ended(op, op.updatedAt);
    }
    // Nothing has changed after the last change, so the level of now is the one that it left.
    if (last !== undefined) this.level(this.#levelNow(), last);
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
