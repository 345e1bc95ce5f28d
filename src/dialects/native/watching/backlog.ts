/**
 * Backlog is what a slow reader has not received yet: of each operation only its latest state, in the order of these
 * states. So it never holds more than the operations that changed meanwhile, and a reader of one operation is at most
 * one state behind.
 */
export class Backlog<T extends { readonly id: string }> {
  readonly #waiting = new Map<string, { readonly item: T; readonly size: number }>();
  #size = 0;

  /** size is how much waits, in the unit of push. */
  get size(): number {
    return this.#size;
  }

  /** push adds the latest state of an operation, in place of an earlier one that waits. */
  push(item: T, size: number): void {
    this.#drop(item.id);
    this.#waiting.set(item.id, { item, size });
    this.#size += size;
  }

  /** shift removes and returns what has waited longest. */
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

  /** Moves it to the end too: a position never passes a change that has not been sent. */
  #drop(id: string): void {
    this.#size -= this.#waiting.get(id)?.size ?? 0;
    this.#waiting.delete(id);
  }
}
