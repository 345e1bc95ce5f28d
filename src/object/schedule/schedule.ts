import { isTerminal, type Operation, wakeTime } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Level } from "../../core/statistics/trends.ts";
import type { Follow, Follower } from "../map/followers.ts";
import { Expiries } from "../storage/expiries.ts";
import { isUnderWayHere, type Standing } from "../storage/standing.ts";
import type { Store } from "../storage/store.ts";
import { Agenda } from "./agenda.ts";
import type { Queues } from "./queues.ts";

/**
 * heartbeat is how often, in milliseconds, the object wakes while attempts are running: if it crashes, their operations
 * stay `running` for at most this long with nobody working on them.
 */
const heartbeat = 10_000;

/** sweepInterval is the minimum time between a sweep that left nothing expired and the next. */
const sweepInterval = 60_000;

/**
 * near is how soon, in milliseconds, the alarm must be due for a start of the object to recover lost attempts
 * immediately. The alarm would do so by then anyway; this only makes it earlier.
 */
const near = 60_000;

/** batch is how many due rows one event handles, so that no event takes long. */
const batch = 500;

/** setback is how long an operation that could not be handled is left alone, in milliseconds. */
export const setback = 60_000;

/** Plan contains the unfinished operations of the map. It is read once in a life and then kept up to date. */
export interface Plan {
  readonly agenda: Agenda;
  /** What could start and what is running, by kind. */
  readonly queues: Queues;
  /**
   * The operations that were running here when the map was read: their attempts belonged to an earlier life. Recovery
   * removes them.
   */
  readonly lost: Set<string>;
}

/**
 * Schedule keeps the object's one alarm at the time when something in its map is next due. The time is derived from the
 * map, and the alarm is set only if it is too late, since each setting writes a row. Running attempts keep the alarm
 * near, so that they are recovered soon after a crash.
 */
export class Schedule implements Follower {
  readonly event = "schedule";
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  readonly #queues: Queues;
  readonly #limited: readonly string[];
  #plan: Plan | undefined;
  #lazyExpiries: Expiries | undefined;
  /** When a sweep last left nothing expired. */
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** When the runtime's alarm is set to fire. */
  #alarmAt: number | null = null;

  /**
   * @param queues empty; `read` fills them
   * @param limited the kinds whose operations may be limited by their upstreams
   */
  constructor(
    storage: DurableObjectStorage,
    store: Store,
    queues: Queues,
    limited: readonly string[] = [],
  ) {
    this.#storage = storage;
    this.#store = store;
    this.#queues = queues;
    this.#limited = limited;
  }

  /** isRead returns whether the map has been read; before that, nothing in it has changed. */
  get isRead(): boolean {
    return this.#plan !== undefined;
  }

  /** read returns the plan. The first event of a life that changes something reads the map for it. */
  read(): Plan {
    if (!this.#plan) {
      this.#readExpiries();
      const lost = new Set<string>();
      const agenda = new Agenda(this.#left(lost), this.#queues);
      this.#plan = { agenda, queues: this.#queues, lost };
    }
    return this.#plan;
  }

  /**
   * level returns how many operations are running, how many are otherwise unfinished, and how many of those wait for
   * more than their turn.
   */
  level(): Level {
    const { agenda, queues } = this.read();
    const { running, asking, parked } = queues.sums;
    return { running, waiting: Math.max(0, agenda.size - running), asking, parked };
  }

  /**
   * restore learns of the alarm that an earlier life of the object has left, and returns whether to recover what that
   * life has left immediately: the alarm is near, late or missing.
   */
  async restore(now: number): Promise<boolean> {
    this.#alarmAt = await this.#storage.getAlarm();
    return this.#alarmAt === null || this.#alarmAt <= now + near;
  }

  /** changed adds or updates an operation that was created or has changed. */
  changed(_: Operation | undefined, { op }: Snapshot): Follow {
    this.#note(op);
    return undefined;
  }

  /** undone restores an operation whose change was rolled back, or drops one whose create was. */
  undone(before: Operation | undefined, op: Operation): void {
    if (before) this.#note(before);
    else {
      const { agenda, queues } = this.read();
      agenda.forget(op.id);
      queues.forget(op);
    }
  }

  #note(op: Operation): void {
    this.read().agenda.note(op);
    if (isTerminal(op)) this.#readExpiries().add(op.id, wakeTime(op));
  }

  /** postpone leaves an operation that could not be handled alone for a while. */
  postpone(id: string, now: number): void {
    this.read().agenda.postpone(id, now + setback);
  }

  /** next returns when the next operation is due, or infinity; unlike arm, it looks at all of them. */
  next(now: number): number {
    return Math.min(this.read().agenda.next(), this.#nextSweep(now));
  }

  /** isDue returns whether the time of an unfinished operation has come. It never reads the map. */
  isDue(now: number): boolean {
    return this.#plan?.agenda.isDue(now) ?? false;
  }

  /** hasCome returns whether the time of an operation has come, or its attempt is lost. */
  hasCome(id: string, now: number): boolean {
    const { agenda, lost } = this.read();
    return lost.has(id) || now >= (agenda.wakeOf(id) ?? Number.POSITIVE_INFINITY);
  }

  /** due returns unfinished operations whose time has come, as many as one event should handle. */
  due(now: number): string[] {
    return this.read().agenda.due(now, batch);
  }

  /** mayHaveExpired returns whether a sweep would look for expired operations. */
  mayHaveExpired(now: number): boolean {
    return now >= this.#nextSweep(now);
  }

  /** sweep removes expired operations, as many as one event should; those it cannot remove it leaves for a while. */
  sweep(now: number, remove: (ids: readonly string[], now: number) => void): void {
    if (!this.mayHaveExpired(now)) return;
    try {
      const expiries = this.#readExpiries();
      const expired = expiries.due(now, batch);
      remove(expired, now);
      expiries.removed(expired);
      if (expiries.next > now) this.#sweptAt = now;
    } catch (thrown) {
      this.#sweptAt = now;
      throw thrown;
    }
  }

  /** isOverdue returns whether the alarm should have fired long ago: such alarms have been seen. */
  isOverdue(now: number): boolean {
    return this.#alarmAt !== null && now >= this.#alarmAt + heartbeat;
  }

  /** fired records that the alarm has fired: none is set any more. */
  fired(): void {
    this.#alarmAt = null;
  }

  /**
   * arm sets the alarm if it must be earlier than it is.
   *
   * @param other when something besides the operations is next due
   */
  arm(now: number, isAtWork: boolean, other = Number.POSITIVE_INFINITY): void {
    const beat = isAtWork ? now + heartbeat : Number.POSITIVE_INFINITY;
    // Another deploy may be able to do what this one cannot, and does not wake anything.
    const isWithheld = this.#plan !== undefined && this.#queues.withheld.length > 0;
    const again = isWithheld ? now + setback : beat;
    const known = Math.min(beat, other, again, this.#lazyExpiries ? this.#nextSweep(now) : beat);
    const at = Math.min(this.#plan?.agenda.next(known) ?? known, known);
    const isEarlyEnough = this.#alarmAt !== null && this.#alarmAt <= at && !this.isOverdue(now);
    if (at === Number.POSITIVE_INFINITY || isEarlyEnough) return;
    this.#set(Math.max(at, now + 1));
  }

  /** retry makes sure that what has just failed as a whole is tried again. */
  retry(now: number): void {
    const at = now + setback;
    if (this.#alarmAt === null || this.#alarmAt > at || this.isOverdue(now)) this.#set(at);
  }

  #set(time: number): void {
    this.#alarmAt = time;
    this.#storage.setAlarm(time).catch(() => {
      // Not set, so the next group of writes sets it.
      if (this.#alarmAt === time) this.#alarmAt = null;
    });
  }

  /** What an earlier life has left unfinished. */
  *#left(lost: Set<string>): Iterable<Standing> {
    for (const op of this.#store.unfinished(this.#limited)) {
      if (isUnderWayHere(op)) lost.add(op.id);
      yield op;
    }
  }

  #readExpiries(): Expiries {
    this.#lazyExpiries ??= new Expiries((limit) => this.#store.soonestExpiries(limit));
    return this.#lazyExpiries;
  }

  /** When a sweep next has something to do; a clock that goes back delays it by no more than that. */
  #nextSweep(now: number): number {
    return Math.max(this.#readExpiries().next, Math.min(this.#sweptAt, now) + sweepInterval);
  }
}
