/**
 * grain is how much longer than asked for a wait may last, in milliseconds: one timer serves all waits that end within
 * it.
 */
const grain = 10;

/**
 * An object with a timer set is kept in memory, and paid for: no timer outlasts the last wait by more than this, in ms.
 */
const longestTimer = 1_000;

/** Lapse is a wait that ends when its time is up, unless it is over before. */
interface Lapse {
  readonly from: number;
  readonly at: number;
  readonly lapsed: () => void;
}

/**
 * Lapses ends waits that last at most so many milliseconds. One timer serves them all: a wait that is over before sets
 * none and clears none.
 */
export class Lapses {
  readonly #open = new Set<Lapse>();
  /** When the timer fires; infinity without one. */
  #next = Number.POSITIVE_INFINITY;

  /** after calls `lapsed` once so many milliseconds have passed, unless the returned function is called before. */
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
    // The timer's time has come, even if the clock was set back or stands still.
    const now = Math.max(Date.now(), at);
    this.#next = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const lapse of this.#open) {
      // A clock that was set back no longer says how long is left: what began later than now is over.
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
