import { isTerminal, type Operation, wakeTime } from "../../core/operation/operation.ts";
import { few } from "../storage/recent.ts";
import type { Standing } from "../storage/standing.ts";
import type { Queues } from "./queues.ts";

/**
 * Agenda knows when each unfinished operation is next due, without an index on disk, which would cost more written rows
 * than the operations themselves: an ID and a wake time for each are in memory. See Expiries for finished operations.
 */
export class Agenda {
  readonly #unfinished = new Map<string, number>();
  /** No unfinished operation wakes before this. */
  #soonest = Number.POSITIVE_INFINITY;
  /** Whether the operation that would have been due then has ended. */
  #isStale = false;

  readonly #queues: Queues;

  /**
   * @param unfinished all of them
   * @param queues empty; kept up to date by this Agenda from now on
   */
  constructor(unfinished: Iterable<Standing>, queues: Queues) {
    this.#queues = queues;
    for (const op of unfinished) this.note(op);
  }

  /** size is how many operations are unfinished. */
  get size(): number {
    return this.#unfinished.size;
  }

  /** few returns the IDs of all unfinished operations; undefined if there are more than 100. */
  few(): readonly string[] | undefined {
    return this.#unfinished.size <= few ? [...this.#unfinished.keys()] : undefined;
  }

  /** note adds or updates an operation that was created or has changed. */
  note(op: Standing): void {
    this.#queues.note(op);
    if (isTerminal(op)) this.forget(op.id);
    else this.postpone(op.id, wakeTime(op));
  }

  /** forget drops an unfinished operation that is no longer in the map. */
  forget(id: string): void {
    if (this.#unfinished.get(id) === this.#soonest) this.#isStale = true;
    this.#unfinished.delete(id);
  }

  /** ready queues a pending operation whose start time has come, until its deadline. */
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

  /** wakeOf returns when an unfinished operation wakes. */
  wakeOf(id: string): number | undefined {
    return this.#unfinished.get(id);
  }

  /** isDue returns whether the wake time of an unfinished operation has come. */
  isDue(now: number): boolean {
    if (now < this.#soonest) return false;
    if (this.#isStale) this.#refresh();
    return now >= this.#soonest;
  }

  /** due returns up to `limit` operations whose time has come; they stay due until noted again. */
  due(now: number, limit: number): string[] {
    const due: string[] = [];
    if (!this.isDue(now)) return due;
    for (const [id, wake] of this.#unfinished) {
      if (wake <= now) due.push(id);
      if (due.length === limit) break;
    }
    return due;
  }

  /**
   * next returns when an unfinished operation is next due, or infinity if none is. A caller that wakes at `before`
   * anyway does not need later times, and this is cheaper.
   */
  next(before = Number.POSITIVE_INFINITY): number {
    if (this.#isStale && this.#soonest < before) this.#refresh();
    return this.#soonest;
  }

  #refresh(): void {
    this.#isStale = false;
    this.#soonest = Number.POSITIVE_INFINITY;
    for (const wake of this.#unfinished.values()) this.#soonest = Math.min(this.#soonest, wake);
  }
}
