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
 * heartbeat is how soon, in milliseconds, the object wakes by itself while attempts are alive: if
 * it crashes meanwhile, that is how long their operations stay `running` with nobody at work.
 */
const heartbeat = 10_000;

/** sweepInterval is the least time from a sweep that left nothing expired to the next. */
const sweepInterval = 60_000;

/**
 * near is how soon, in milliseconds, the alarm must be due for a start of the object to take up at
 * once what is lost, whoever woke it. The alarm would do so by then; nothing but that rests on it.
 */
const near = 60_000;

/** batch is how many rows that are due one event handles, so that no event is long. */
const batch = 500;

/** setback is how long what could not be handled is left alone, in milliseconds. */
export const setback = 60_000;

/** Plan is what is unfinished in the map, as it was read once in this life and is kept since. */
export interface Plan {
  readonly agenda: Agenda;
  /** What could start and what is under way, by kind. */
  readonly queues: Queues;
  /**
   * The operations under way here when the map was read: their attempts were alive in an earlier life.
   * Recovery takes them out.
   */
  readonly lost: Set<string>;
}

/**
 * Schedule keeps the one alarm of an object at the time when something in its map is next due. The
 * alarm is derived from the map, and set only if the present one is too late: each setting is a
 * row written. Attempts at work keep it near, so that what they leave is soon taken up.
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
  /** What the runtime's alarm is set to. */
  #alarmAt: number | null = null;

  /**
   * @param queues empty; `read` fills them
   * @param limited the kinds whose operations may be bounded by their upstreams
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

  /** isRead says whether the map has been read; before that nothing in it has changed. */
  get isRead(): boolean {
    return this.#plan !== undefined;
  }

  /** read returns what is unfinished. The first event of a life that changes something reads the map for it. */
  read(): Plan {
    if (!this.#plan) {
      this.#readExpiries();
      const lost = new Set<string>();
      const agenda = new Agenda(this.#left(lost), this.#queues);
      this.#plan = { agenda, queues: this.#queues, lost };
    }
    return this.#plan;
  }

  /** level returns how many operations are under way, how many are unfinished and are not, and what part of each waits for more than its turn. */
  level(): Level {
    const { agenda, queues } = this.read();
    const { running, asking, parked } = queues.sums;
    return { running, waiting: Math.max(0, agenda.size - running), asking, parked };
  }

  /**
   * restore learns of the alarm that an earlier life of the object has left, and says whether what
   * that life has left is to be taken up at once: the alarm is near, late or not there.
   */
  async restore(now: number): Promise<boolean> {
    this.#alarmAt = await this.#storage.getAlarm();
    return this.#alarmAt === null || this.#alarmAt <= now + near;
  }

  /** changed takes in an operation that was made or has changed. */
  changed(_: Operation | undefined, { op }: Snapshot): Follow {
    this.#note(op);
    return undefined;
  }

  /** undone takes in how an operation stands whose change did not hold, or drops what was not made. */
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

  /** next returns when time next changes an operation, or infinity; unlike arm, it looks at all of them. */
  next(now: number): number {
    return Math.min(this.read().agenda.next(), this.#nextSweep(now));
  }

  /** isDue says whether the time of an unfinished operation has come. It never reads the map. */
  isDue(now: number): boolean {
    return this.#plan?.agenda.isDue(now) ?? false;
  }

  /** hasCome says whether the time of one has, or its attempt is lost. */
  hasCome(id: string, now: number): boolean {
    const { agenda, lost } = this.read();
    return lost.has(id) || now >= (agenda.wakeOf(id) ?? Number.POSITIVE_INFINITY);
  }

  /** due returns unfinished operations whose time has come, as many as one event should handle. */
  due(now: number): string[] {
    return this.read().agenda.due(now, batch);
  }

  /** mayHaveExpired says whether a sweep would look for expired operations. */
  mayHaveExpired(now: number): boolean {
    return now >= this.#nextSweep(now);
  }

  /**
   * sweep has expired operations removed, as many as one event should; what it cannot, it leaves for
   * a while.
   */
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

  /** isOverdue says that the alarm should have fired long ago: such alarms have been seen. */
  isOverdue(now: number): boolean {
    return this.#alarmAt !== null && now >= this.#alarmAt + heartbeat;
  }

  /** fired says that the alarm has gone off: none is set any more. */
  fired(): void {
    this.#alarmAt = null;
  }

  /**
   * arm sets the alarm if it has to be earlier than it is.
   *
   * @param other when something beside the operations is next due
   */
  arm(now: number, isAtWork: boolean, other = Number.POSITIVE_INFINITY): void {
    const beat = isAtWork ? now + heartbeat : Number.POSITIVE_INFINITY;
    // Another deploy may do what this one cannot, and wakes nobody by itself.
    const isWithheld = this.#plan !== undefined && this.#queues.withheld.length > 0;
    const again = isWithheld ? now + setback : beat;
    const known = Math.min(beat, other, again, this.#lazyExpiries ? this.#nextSweep(now) : beat);
    const at = Math.min(this.#plan?.agenda.next(known) ?? known, known);
    const isEarlyEnough = this.#alarmAt !== null && this.#alarmAt <= at && !this.isOverdue(now);
    if (at === Number.POSITIVE_INFINITY || isEarlyEnough) return;
    this.#set(Math.max(at, now + 1));
  }

  /** retry sees to it that there is another try at what has just failed as a whole. */
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

  /** When a sweep next has something to do; a clock that goes back puts it off for no longer than that. */
  #nextSweep(now: number): number {
    return Math.max(this.#readExpiries().next, Math.min(this.#sweptAt, now) + sweepInterval);
  }
}
