import { isTerminal, type Operation, wakeTime } from "../core/operation.ts";

/**
 * Agenda knows when time next changes something in the map, without an index on disk, whose upkeep
 * would cost more written rows than the operations themselves: the wake times of the unfinished
 * are in memory, and of the finished only a time before which none expires.
 */
export class Agenda {
  readonly #unfinished = new Map<string, number>();
  /** No unfinished operation wakes before this. */
  #soonest = Number.POSITIVE_INFINITY;
  /** No finished operation needs to be removed before this. */
  #expiry = Number.POSITIVE_INFINITY;

  /** @param unfinished all of them; `firstExpiry` is the earliest expiry on disk, where there is one */
  constructor(unfinished: Iterable<Operation>, firstExpiry: number | undefined) {
    this.#expiry = firstExpiry ?? Number.POSITIVE_INFINITY;
    for (const op of unfinished) this.note(op);
  }

  /** note takes in an operation that was created or has changed. */
  note(op: Operation): void {
    const wake = wakeTime(op);
    if (isTerminal(op)) {
      this.#unfinished.delete(op.id);
      this.#expiry = Math.min(this.#expiry, wake);
    } else {
      this.#unfinished.set(op.id, wake);
      this.#soonest = Math.min(this.#soonest, wake);
    }
  }

  /** forget drops an unfinished operation that is not in the map. */
  forget(id: string): void {
    this.#unfinished.delete(id);
  }

  /** postpone keeps an operation that could not be handled from being due before `until`. */
  postpone(id: string, until: number): void {
    this.#unfinished.set(id, until);
  }

  /** due answers the unfinished operations whose time has come. */
  due(now: number): string[] {
    if (now < this.#soonest) return [];
    const due: string[] = [];
    this.#soonest = Number.POSITIVE_INFINITY;
    for (const [id, wake] of this.#unfinished) {
      if (wake <= now) due.push(id);
      else this.#soonest = Math.min(this.#soonest, wake);
    }
    // Until each of them is noted again, they stay due.
    if (due.length > 0) this.#soonest = Math.min(this.#soonest, now);
    return due;
  }

  /** mayHaveExpired says whether it is worth looking for expired operations. */
  mayHaveExpired(now: number): boolean {
    return now >= this.#expiry;
  }

  /** swept says that nothing needs to be removed before `next`. */
  swept(next: number | undefined): void {
    this.#expiry = next ?? Number.POSITIVE_INFINITY;
  }

  /** next is the time to wake at, or undefined where nothing will ever change by itself. */
  next(): number | undefined {
    const next = Math.min(this.#soonest, this.#expiry);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }
}
