import type { Event } from "../../core/operation/event.ts";
import { isToUndo } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { LargeRoom } from "../../runner/large.ts";
import type { Attempts } from "../attempts/attempts.ts";
import type { Deliveries } from "../deliveries/deliveries.ts";
import type { Leftovers } from "../map/leftovers.ts";
import type { Panics } from "../map/panics.ts";
import type { Removal } from "../map/removal.ts";
import type { Reservations } from "../map/reservations.ts";
import type { Writes } from "../map/writes.ts";
import type { Sockets } from "../sockets/sockets.ts";
import type { MapSql } from "../storage/map-sql.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import type { TrendLog } from "../trends/trend-log.ts";
import type { Recovery } from "./recovery.ts";
import type { Schedule } from "./schedule.ts";
import type { Work } from "./work.ts";

/** often is how long upkeep can do without a group of writes while there are requests, in milliseconds. */
const often = 1_000;

/** Surroundings are what Upkeep needs of the object. */
export interface Surroundings {
  readonly sql: MapSql;
  readonly store: Store;
  readonly schedule: Schedule;
  readonly work: Work;
  readonly recovery: Recovery;
  readonly writes: Writes;
  readonly savepoints: Savepoints;
  readonly panics: Panics;
  readonly sockets: Sockets;
  readonly attempts: Attempts;
  readonly deliveries: Deliveries;
  readonly removal: Removal;
  readonly leftovers: Leftovers;
  readonly reservations: Reservations;
  readonly trends: TrendLog;
  readonly large: LargeRoom | undefined;
  send(id: string, event: Event): Reply<Snapshot>;
  /** keepAwake holds the object until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
}

/**
 * Upkeep is what the object does without being asked: what is due, recovery, starting what can start, and the alarm.
 * Call the methods that change something within a group of writes.
 */
export class Upkeep {
  readonly #around: Surroundings;
  #recovering: Promise<void> | undefined;
  /** When the last group of writes has ended. */
  #groupedAt = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** sweep does what is due; no part of it holds up another. */
  sweep(now: number): void {
    const { panics, sockets, schedule, removal, reservations, trends, writes } = this.#around;
    const hasExpired = schedule.mayHaveExpired(now);
    // Before anything changes: its changes are counted once they are committed, and must not be marked as saved
    // already.
    if (hasExpired) writes.part("trends", () => trends.save());
    this.tick(now);
    panics.contain("sockets", () => sockets.sweep(now));
    if (hasExpired)
      writes.part("expiry", () => schedule.sweep(now, (ids) => removal.expired(ids, now)));
    if (hasExpired) writes.part("leftovers", () => this.#around.leftovers.sweep(now));
    if (hasExpired) writes.part("large", () => this.#around.large?.sweep(now));
    writes.part("reservations", () => reservations.sweep(now));
  }

  /** tick does what is due for unfinished operations, as much as one event should. */
  tick(now: number): void {
    for (const id of this.#around.schedule.due(now)) this.pass(id, now);
  }

  /**
   * isDue returns whether a group of writes could change something even if nothing is written in it, or should look
   * again whether the alarm is set and counts are saved. It never reads the map.
   */
  isDue(now: number): boolean {
    const { schedule, recovery } = this.#around;
    if (!schedule.isRead || !recovery.isOver || schedule.isDue(now)) return true;
    return Math.abs(now - this.#groupedAt) >= often;
  }

  /** pass handles an operation whose time has come; one that cannot be handled does not hold up others. */
  pass(id: string, now: number): void {
    const { recovery, store, schedule, work, savepoints, panics, send } = this.#around;
    try {
      recovery.take(id);
      const op = store.get(id, now)?.op;
      if (!op) schedule.read().agenda.forget(id);
      if (!op || !schedule.hasCome(id, now) || work.queue(op, now)) return;
      const type = op.status === "pending" || isToUndo(op) ? "start" : "tick";
      const reply = savepoints.run(() => send(id, { type }));
      // The clock has gone back meanwhile: look again, but not immediately.
      if (!reply.error && reply.op.version === op.version) schedule.postpone(id, now);
    } catch (thrown) {
      schedule.postpone(id, now);
      panics.report(thrown, { event: "tick", operation: id });
    }
  }

  /** alarm does what is due. It never throws: the runtime gives up on an alarm that keeps failing. */
  async alarm(): Promise<void> {
    const { schedule, writes, panics } = this.#around;
    schedule.fired();
    try {
      await writes.join(() => this.sweep(Date.now()));
    } catch (thrown) {
      panics.report(thrown, { event: "alarm" });
      schedule.retry(Date.now());
    }
  }

  /** restore recovers what an earlier life of the object has left, if that is to be done immediately. */
  async restore(): Promise<void> {
    const { schedule, sql, panics, recovery, work, writes } = this.#around;
    const isNow = await schedule.restore(Date.now());
    if (!isNow || !sql.isMade) return;
    panics.contain("recovery", () => recovery.next());
    panics.contain("start", () => work.startNext());
    // The rest, and the alarm, unless it is just firing.
    this.#keepAwake(writes.join(() => {}).then(() => this.takeUp()));
  }

  /** takeUp resolves once everything that an earlier life of the object has left has been recovered. */
  async takeUp(): Promise<void> {
    const { sql, recovery } = this.#around;
    while (sql.isMade && !recovery.isOver) await this.#recover();
  }

  /** recoverBefore recovers part of what an earlier life has left before the next change. */
  recoverBefore(): void {
    if (!this.#around.recovery.isOver) this.#keepAwake(this.#recover());
  }

  /** afterGroup starts what can start and sets the alarm, in the commit of the group. It does not throw. */
  afterGroup(): void {
    const { panics, work, schedule, attempts } = this.#around;
    panics.contain("start", () => work.startNext());
    attempts.groupEnded();
    if (!panics.contain("arm", () => this.#arm())) schedule.retry(Date.now());
    panics.contain("trends", () => this.#noteTrends());
    this.#groupedAt = Date.now();
  }

  /** Part of the first groups of a life, before their changes, so that these find no lost attempts. */
  #recover(): Promise<void> {
    const { writes, recovery } = this.#around;
    this.#recovering ??= writes.joinBare(() => {
      this.#recovering = undefined;
      recovery.next();
    });
    return this.#recovering;
  }

  #keepAwake(promise: Promise<unknown>): void {
    const { panics, schedule, keepAwake } = this.#around;
    const failed = (thrown: unknown) => {
      panics.report(thrown, { event: "recovery" });
      // A map that could not be read has set no alarm.
      schedule.retry(Date.now());
    };
    keepAwake(promise.catch(failed));
  }

  #noteTrends(): void {
    const { sql, schedule, trends, savepoints } = this.#around;
    if (!sql.isMade) return;
    const now = Date.now();
    if (schedule.isRead) trends.level(schedule.level(), now);
    savepoints.run(() => trends.saveWhatIsOld(now));
  }

  #arm(): void {
    const { deliveries, attempts, panics, reservations, schedule, large } = this.#around;
    const now = Date.now();
    deliveries.launch(now);
    const isAtWork = attempts.size + deliveries.underWay > 0;
    let other = deliveries.next(now);
    // Nothing but the map can keep it from being set.
    panics.contain("reservations", () => {
      other = Math.min(other, reservations.next ?? other);
    });
    panics.contain("large", () => {
      large?.launch(now);
      other = Math.min(other, large?.next(now) ?? other);
    });
    schedule.arm(now, isAtWork, other);
  }
}
