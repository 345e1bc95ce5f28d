/**
 * TimeHeap holds items by the time at which each is due, in milliseconds. Finding the first takes constant time, and
 * adding or moving an item takes logarithmic time. Source: a binary heap that keeps the index of each item.
 */
export class TimeHeap<T> {
  readonly #items: T[] = [];
  readonly #times: number[] = [];
  readonly #places = new Map<T, number>();

  /** size is how many items it holds. */
  get size(): number {
    return this.#items.length;
  }

  /** first is the item that is due first, if there is one. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** firstAt is when the first item is due, or infinity if there is none. */
  get firstAt(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  /** set adds an item, or moves it to another time. */
  set(item: T, at: number): void {
    const place = this.#places.get(item) ?? this.#items.length;
    this.#put(place, item, at);
    this.#settle(place);
  }

  /** delete removes an item and returns whether it was there. */
  delete(item: T): boolean {
    const place = this.#places.get(item);
    if (place === undefined) return false;
    const last = this.#items.pop() as T;
    const at = this.#times.pop() as number;
    this.#places.delete(item);
    if (place === this.#items.length) return true;
    this.#put(place, last, at);
    this.#settle(place);
    return true;
  }

  #put(place: number, item: T, at: number): void {
    this.#items[place] = item;
    this.#times[place] = at;
    this.#places.set(item, place);
  }

  /** Moves the item at an index up or down to where it belongs. */
  #settle(place: number): void {
    let here = place;
    for (let above = (here - 1) >> 1; here > 0 && this.#isBefore(here, above); ) {
      this.#swap(here, above);
      here = above;
      above = (here - 1) >> 1;
    }
    for (;;) {
      const left = 2 * here + 1;
      const least = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(least, here)) return;
      this.#swap(here, least);
      here = least;
    }
  }

  /** An index past the end comes last. */
  #isBefore(one: number, other: number): boolean {
    return (this.#times[one] ?? Number.POSITIVE_INFINITY) < (this.#times[other] ?? 0);
  }

  #swap(one: number, other: number): void {
    const item = this.#items[one] as T;
    const at = this.#times[one] as number;
    this.#put(one, this.#items[other] as T, this.#times[other] as number);
    this.#put(other, item, at);
  }
}
