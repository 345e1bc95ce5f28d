/**
 * There is load once more than `many` calls at the same time could travel with another one to their object, and until
 * no more than `few` of those that gather could, `patience` times in a row.
 */
const many = 6;
const few = 4;
const patience = 4;

/** Load is whether so many calls come at the same time that it pays to wait for others. */
export class Load {
  /** How many small gatherings there can be before the load is over. */
  #left = 0;

  /** isHigh returns whether there is load. */
  isHigh(): boolean {
    return this.#left > 0;
  }

  /** see learns how many of the calls that wait or are under way could travel with another one. */
  see(crowd: number): void {
    if (crowd > many) this.#left = patience;
  }

  /** gathered learns how many of the calls that have gathered could travel with another one. */
  gathered(crowd: number): void {
    if (crowd > few) this.#left = patience;
    else if (this.#left > 0) this.#left -= 1;
  }
}

/** crowdOf returns how many of the calls to one object could travel with another one. */
export function crowdOf(calls: number): number {
  return Math.max(0, calls - 1);
}
