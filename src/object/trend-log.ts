import type { Fields } from "../base/log.ts";
import type { ByName } from "../core/by-name.ts";
import type { Operation } from "../core/operation.ts";
import { nothing, type Tally, withCreated, withEnd, withRequests } from "../core/tally.ts";
import {
  carried,
  firstStep,
  type Level,
  rolledUp,
  type Step,
  type TrendRange,
  trendRanges,
} from "../core/trends.ts";
import { TrendStore } from "./trend-store.ts";

/**
 * saveAfter is how long, in milliseconds, what was counted may stay in memory alone. It is also how
 * much longer an object that has nothing else to do stays awake, so it is less than the 10 s after
 * which the runtime would put it to sleep.
 */
export const saveAfter = 5_000;

const { step: fineStep } = trendRanges["15m"];

/** RequestCounts are requests by route pattern that came around a time, in ms since 1970. */
export interface RequestCounts {
  readonly at: number;
  readonly counts: ByName<number>;
}

/** Surroundings are what TrendLog needs of the object that it is part of. */
export interface Surroundings {
  /** join runs writes in the object's next group of them. */
  join(write: () => void): Promise<void>;
  /** panicked is told of what was thrown and nobody expected. */
  panicked(thrown: unknown, fields: Fields): void;
}

/**
 * TrendLog counts what happens to the operations of a shard, and the tenant's requests, over time.
 * Counting is done in memory and writes nothing; what is new is saved together, `saveAfter` after
 * the first of it, as one row for each five minutes that it belongs to. So it costs at most one row
 * in 5 s, however many operations there are, and a crash loses at most the counts of 5 s. Levels
 * are not counted but looked at, so that they are right again with the first change after a crash.
 */
export class TrendLog {
  readonly #store: TrendStore;
  readonly #around: Surroundings;
  /** What is not saved, by number of fine step. */
  #fresh = new Map<number, Step>();
  /** What was last noted, or undefined before the first look of this life. */
  #level: Level | undefined;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(sql: SqlStorage, around: Surroundings) {
    this.#store = new TrendStore(sql);
    this.#around = around;
  }

  /** created counts an operation that was made. */
  created(now: number): void {
    this.#count(now, withCreated);
  }

  /** changed counts an operation if this change has ended it. */
  changed(op: Operation, now: number): void {
    const { status, kind, createdAt, finishedAt = now } = op;
    if (status !== "succeeded" && status !== "failed" && status !== "canceled") return;
    this.#count(now, (tally) => withEnd(tally, { kind, status, took: finishedAt - createdAt }));
  }

  /**
   * requested counts what a Worker has counted, and saves it in the write that this is part of. A
   * Worker's clock is believed as far as its counts may be late.
   */
  requested(requests: readonly RequestCounts[], now: number): void {
    for (const { at, counts } of requests) {
      const then = Math.min(now, Math.max(at, now - 60_000));
      this.#count(then, (tally) => withRequests(tally, counts));
    }
    this.#save();
  }

  /** level notes how many operations are unfinished, where that has changed. */
  level(level: Level, now: number): void {
    this.#level ??= this.#store.lastLevel();
    const { running, waiting } = this.#level ?? {};
    if (running === level.running && waiting === level.waiting) return;
    this.#level = level;
    this.#note(now, { level });
  }

  /** read answers every step of a range, oldest first, saved or not. */
  read(range: TrendRange, now: number): readonly Step[] {
    const { step, steps } = trendRanges[range];
    const first = firstStep(range, now);
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
    const number = Math.floor(now / fineStep);
    this.#fresh.set(number, { ...this.#fresh.get(number), ...news });
    this.#timer ??= setTimeout(() => void this.#saveInTime(), saveAfter);
  }

  async #saveInTime(): Promise<void> {
    this.#timer = null;
    try {
      await this.#around.join(() => this.#save());
    } catch (thrown) {
      this.#around.panicked(thrown, { event: "trends" });
    }
  }

  #save(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    // What cannot be written is lost, rather than counted twice.
    const news = this.#inOrder();
    this.#fresh = new Map();
    this.#store.add(news);
  }

  #inOrder(): [number, Step][] {
    return [...this.#fresh].sort(([a], [b]) => a - b);
  }
}
