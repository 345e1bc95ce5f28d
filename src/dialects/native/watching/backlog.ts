/**
 * Backlog is what a slow reader has yet to be told: of each operation its latest state alone, in
 * the order of those. So it never holds more than the operations that changed meanwhile, and a
 * reader of one operation is at most one state behind.
 */
export class Backlog<T extends { readonly id: string }> {
  readonly #waiting = new Map<string, { readonly item: T; readonly size: number }>();
  #size = 0;

  /** size is how much waits, in the unit that push was told. */
  get size(): number {
    return this.#size;
  }

  /** push takes the latest state of an operation; an earlier one that waits is left out. */
  push(item: T, size: number): void {
    this.#drop(item.id);
    this.#waiting.set(item.id, { item, size });
    this.#size += size;
  }

  /** shift takes out what has waited longest. */
  shift(): T | undefined {
    for (const [id, { item }] of this.#waiting) {
      this.#drop(id);
      return item;
    }
    return undefined;
  }

  /** clear drops everything. */
  clear(): void {
    this.#waiting.clear();
    this.#size = 0;
  }

  /** Out of its place too: a position never passes a change that has yet to be told. */
  #drop(id: string): void {
    this.#size -= this.#waiting.get(id)?.size ?? 0;
    this.#waiting.delete(id);
  }
}
