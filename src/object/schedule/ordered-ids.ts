/** OrderedIds is a set of IDs in the order of their text, which is the order of creation. */
export class OrderedIds {
  readonly #ids: string[] = [];

  get size(): number {
    return this.#ids.length;
  }

  /** first is the smallest ID. */
  get first(): string | undefined {
    return this.#ids[0];
  }

  add(id: string): void {
    const place = this.#placeOf(id);
    if (this.#ids[place] !== id) this.#ids.splice(place, 0, id);
  }

  delete(id: string): void {
    const place = this.#placeOf(id);
    if (this.#ids[place] === id) this.#ids.splice(place, 1);
  }

  /** The index of an ID, or where it would be; nearly always one of the two ends. */
  #placeOf(id: string): number {
    const last = this.#ids.at(-1);
    if (last === undefined || last < id) return this.#ids.length;
    if ((this.#ids[0] ?? "") >= id) return 0;
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] ?? "") < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
