/** held is how many finished operations are known individually: those that expire first. */
export const held = 16_384;

/** Expiry is a finished operation and when it expires, in milliseconds. */
export type Expiry = readonly [id: string, at: number];

/**
 * Expiries knows which finished operations expire next, so that a sweep reads only those. It follows the map in memory,
 * since an index on disk would cost each operation one more written row. Its memory is limited: it holds the operations
 * that expire first, at most twice `held` of them, and of the rest only when the first of them expires. When it runs
 * out, it is loaded again, reading the map once for each `held` operations that expire.
 */
export class Expiries {
  readonly #held = new Map<string, number>();
  /** No held operation expires before this. */
  #first = Number.POSITIVE_INFINITY;
  /** No other operation expires before this. */
  #horizon = Number.POSITIVE_INFINITY;

  readonly #load: (limit: number) => Iterable<Expiry>;

  /** @param load returns the operations of the map that expire first, in that order, up to a limit */
  constructor(load: (limit: number) => Iterable<Expiry>) {
    this.#load = load;
    this.#reload();
  }

  /** size is how many are held. */
  get size(): number {
    return this.#held.size;
  }

  /** next is when the first operation expires, or infinity if none is finished. */
  get next(): number {
    return Math.min(this.#first, this.#horizon);
  }

  /** add adds an operation that has finished. */
  add(id: string, at: number): void {
    if (at >= this.#horizon) return;
    this.#held.set(id, at);
    this.#first = Math.min(this.#first, at);
    if (this.#held.size >= 2 * held) this.#shed();
  }

  /** due returns up to `limit` operations that have expired; they stay due until they are removed. */
  due(now: number, limit: number): string[] {
    if (this.#held.size === 0 && now >= this.#horizon) this.#reload();
    const due: string[] = [];
    if (now < this.#first) return due;
    for (const [id, at] of this.#held) {
      if (at <= now) due.push(id);
      if (due.length === limit) break;
    }
    return due;
  }

  /** removed drops operations that are no longer in the map. */
  removed(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id);
    this.#first = Number.POSITIVE_INFINITY;
    for (const at of this.#held.values()) this.#first = Math.min(this.#first, at);
  }

  #reload(): void {
    // An operation that cannot be read changes nothing here, and is tried again.
    const found = [...this.#load(held + 1)];
    this.#horizon = Number.POSITIVE_INFINITY;
    for (const [id, at] of found.slice(0, held)) this.add(id, at);
    this.#horizon = found[held]?.[1] ?? this.#horizon;
  }

  /** Those that expire last are left to the next load. */
  #shed(): void {
    const late = [...this.#held].sort(([, a], [, b]) => a - b).slice(held);
    this.#horizon = late[0]?.[1] ?? this.#horizon;
    for (const [id] of late) this.#held.delete(id);
  }
}
