/** few is how many operations are read one by one: that costs no more than to read a small map as a whole. */
export const few = 100;

/** Recent remembers which 100 operations have changed last: a watcher who resumes reads those, and not the whole map. */
export class Recent {
  /** The stamps of their last changes, the earliest first. */
  readonly #stamps = new Map<string, number>();
  /** All changes with later stamps are known. */
  #from: number;

  /** @param from a stamp; `changed` is called for everything that has changed after it */
  constructor(from: number) {
    this.#from = from;
  }

  /** changed records a change, which may still be rolled back. */
  changed(id: string, stamp: number): void {
    this.#stamps.delete(id);
    this.#stamps.set(id, stamp);
    if (this.#stamps.size <= few) return;
    for (const [earliest, forgotten] of this.#stamps) {
      this.#stamps.delete(earliest);
      this.#from = forgotten;
      return;
    }
  }

  /** since returns the IDs of all operations that may have changed after a stamp; undefined if it does not know. */
  since(stamp: number): readonly string[] | undefined {
    if (stamp < this.#from) return undefined;
    return [...this.#stamps].flatMap(([id, changed]) => (changed > stamp ? [id] : []));
  }
}
