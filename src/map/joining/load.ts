/**
 * There is load once more than `many` calls at the same time could travel with another one to their object, and until
 * no more than `few` of those that come together could, `patience` times in a row.
 */
const many = 6;
const few = 4;
const patience = 4;

/** Load is whether so many calls come at the same time that it pays to wait for others. */
export class Load {
  #patience = 0;

  /** isHigh returns whether there is load. */
  isHigh(): boolean {
    return this.#patience > 0;
  }

  /** see learns how many of the calls of this moment could travel with another one. */
  see(crowd: number): void {
    if (crowd > many) this.#patience = patience;
  }

  /** gathered learns how many of the calls that have come together could travel with another one. */
  gathered(crowd: number): void {
    if (crowd > few) this.#patience = patience;
    else if (this.#patience > 0) this.#patience -= 1;
  }
}

/** crowdOf returns how many of the calls to one object could travel with another one. */
export function crowdOf(calls: number): number {
  return Math.max(0, calls - 1);
}
