import { isTerminal, type Operation, wakeTime } from "../core/operation.ts";
import type { Queues } from "./queues.ts";

/**
 * Agenda knows when time next changes something in the map, without an index on disk, whose upkeep
 * would cost more written rows than the operations themselves: the wake times of the unfinished
 * are in memory, and of the finished only a time before which none expires.
 */
export class Agenda {
  readonly #unfinished = new Map<string, number>();
  /** No unfinished operation wakes before this. */
  #soonest = Number.POSITIVE_INFINITY;
  /** Whether the operation that would have woken then has finished. */
  #isStale = false;
  /** No finished operation needs to be removed before this. */
  #expiry = Number.POSITIVE_INFINITY;

  readonly #queues: Queues;

  /**
   * @param unfinished all of them; `firstExpiry` is the earliest expiry on disk, where there is one
   * @param queues empty, and kept by the same notes from now on
   */
  constructor(unfinished: Iterable<Operation>, firstExpiry: number | undefined, queues: Queues) {
    this.#queues = queues;
    this.#expiry = firstExpiry ?? Number.POSITIVE_INFINITY;
    for (const op of unfinished) this.note(op);
  }

  /** size is how many operations are unfinished. */
  get size(): number {
    return this.#unfinished.size;
  }

  /** note takes in an operation that was created or has changed. */
  note(op: Operation): void {
    const wake = wakeTime(op);
    this.#queues.note(op);
    if (isTerminal(op)) {
      this.forget(op.id);
      this.#expiry = Math.min(this.#expiry, wake);
    } else {
      this.forget(op.id);
      this.#unfinished.set(op.id, wake);
      this.#soonest = Math.min(this.#soonest, wake);
    }
  }

  /** forget drops an unfinished operation that is not in the map. */
  forget(id: string): void {
    if (this.#unfinished.get(id) === this.#soonest) this.#isStale = true;
    this.#unfinished.delete(id);
  }

  /** ready lets a pending operation whose start time has come wait in its queue, up to its deadline. */
  ready(op: Operation): void {
    this.postpone(op.id, op.deadlineAt);
    this.#queues.ready(op);
  }

  /** postpone keeps an operation that could not be handled from being due before `until`. */
  postpone(id: string, until: number): void {
    this.forget(id);
    this.#unfinished.set(id, until);
    this.#soonest = Math.min(this.#soonest, until);
  }

  /** isDue says whether the time of an unfinished operation has come. */
  isDue(now: number): boolean {
    if (now < this.#soonest) return false;
    if (this.#isStale) this.#refresh();
    return now >= this.#soonest;
  }

  /** due answers the unfinished operations whose time has come; they stay due until noted again. */
  due(now: number): string[] {
    if (!this.isDue(now)) return [];
    return [...this.#unfinished].filter(([, wake]) => wake <= now).map(([id]) => id);
  }

  /** mayHaveExpired says whether it is worth looking for expired operations. */
  mayHaveExpired(now: number): boolean {
    return now >= this.#expiry;
  }

  /** swept says that nothing needs to be removed before `next`. */
  swept(next: number | undefined): void {
    this.#expiry = next ?? Number.POSITIVE_INFINITY;
  }

  /**
   * next is the time to wake at, or undefined where nothing will ever change by itself. A caller
   * that wakes at `before` anyway need not know what comes later, and gets that cheaper.
   */
  next(before = Number.POSITIVE_INFINITY): number | undefined {
    if (this.#isStale && this.#soonest < Math.min(this.#expiry, before)) this.#refresh();
    const next = Math.min(this.#soonest, this.#expiry);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  #refresh(): void {
    this.#isStale = false;
    this.#soonest = Number.POSITIVE_INFINITY;
    for (const wake of this.#unfinished.values()) this.#soonest = Math.min(this.#soonest, wake);
  }
}
