/** Random is an endless row of numbers that follows from its seed (mulberry32). */
export class Random {
  #state: number;

  /** @param stream tells apart the rows of one seed, so that drawing from one leaves the others alone */
  constructor(seed: number, stream: string) {
    let state = seed | 0;
    for (const character of stream) {
      state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) + 0x9e3779b9;
    }
    this.#state = state | 0;
  }

  /** next is from 0 up to, and without, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** below is a whole number from 0 up to, and without, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}
