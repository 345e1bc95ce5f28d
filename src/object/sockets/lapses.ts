/** grain is by how much a wait may be longer than was asked for, in milliseconds: a timer serves all that lapse in it. */
const grain = 10;

/** An object with a timer set is kept in memory, and paid for: none outlives the last wait by more than this, in ms. */
const longestTimer = 1_000;

/** Lapse is a wait that ends once its time is up, unless it is over before. */
interface Lapse {
  readonly from: number;
  readonly at: number;
  readonly lapsed: () => void;
}

/**
 * Lapses are the ends of waits that last for so many milliseconds at most. One timer serves them all: a
 * wait that is over before sets none and clears none.
 */
export class Lapses {
  readonly #open = new Set<Lapse>();
  /** When the timer goes off; infinity without one. */
  #next = Number.POSITIVE_INFINITY;

  /** after calls `lapsed` once so many milliseconds have passed, but not if what it returns is called before. */
  after(milliseconds: number, lapsed: () => void): () => void {
    const from = Date.now();
    const lapse = { from, at: from + milliseconds, lapsed };
    this.#open.add(lapse);
    this.#arm(milliseconds);
    return () => void this.#open.delete(lapse);
  }

  #arm(milliseconds: number, now = Date.now()): void {
    const wait = Math.min(milliseconds, longestTimer);
    const at = now + wait;
    if (at >= this.#next) return;
    this.#next = at;
    setTimeout(() => {
      if (this.#next === at) this.#look(at);
    }, wait);
  }

  #look(at: number): void {
    // The timer's time has come, even if the clock was put back or stands still.
    const now = Math.max(Date.now(), at);
    this.#next = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const lapse of this.#open) {
      // A clock that was put back says how long is left no more: what began later than now is over.
      if (lapse.at > now && lapse.from <= now) next = Math.min(next, lapse.at);
      else {
        this.#open.delete(lapse);
        lapse.lapsed();
      }
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.#arm(Math.max(grain, next - now), now);
  }
}
