/** Takers is the objects that calls can go to, as they are now. */
export interface Takers {
  /** canTake returns whether an object is free, and the next call can travel with those that wait for it. */
  canTake(shard: number): boolean;
  /** waitingFor returns how many calls wait for an object. */
  waitingFor(shard: number): number;
}

/**
 * Sharing chooses objects for calls that any object can take. Those that gather go to the same one while it can take
 * them. Each time another one is chosen, it is the one that has been given the fewest, so that all get the same share.
 */
export class Sharing {
  readonly #given: number[] = [];
  #current: number | undefined;

  /** choose returns which of the first `count` objects the next call goes to. */
  choose(count: number, takers: Takers): number {
    let chosen = this.#current;
    if (chosen === undefined || chosen >= count || !takers.canTake(chosen)) {
      chosen = this.#fewest(count, takers);
    }
    this.#current = chosen;
    this.#given[chosen] = this.#givenTo(chosen) + 1;
    return chosen;
  }

  /** next ends the preference for the object that was chosen last. */
  next(): void {
    this.#current = undefined;
  }

  /** The free object that has been given the fewest; if none is free, the one for which the fewest wait. */
  #fewest(count: number, takers: Takers): number {
    const first = Math.floor(Math.random() * count);
    let free: number | undefined;
    let leastBusy = first;
    for (let n = 0; n < count; n++) {
      const shard = (first + n) % count;
      if (takers.canTake(shard)) {
        if (free === undefined || this.#givenTo(shard) < this.#givenTo(free)) free = shard;
      } else if (takers.waitingFor(shard) < takers.waitingFor(leastBusy)) {
        leastBusy = shard;
      }
    }
    return free ?? leastBusy;
  }

  #givenTo(shard: number): number {
    return this.#given[shard] ?? 0;
  }
}
