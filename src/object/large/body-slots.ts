/** most is how many bodies pass through one isolate at once: with a part of 5 MiB each, 40 of the 128 MB that Cloudflare gives it. */
const most = 8;

/** renewEvery is how often whoever holds a slot renews it, in milliseconds. */
const renewEvery = 15_000;

/**
 * lapse is after how long without being renewed a slot is free again, in milliseconds: the runtime ends a
 * request whose client has gone, its timers with it, and runs no more of its code.
 */
const lapse = 4 * renewEvery;

/** longestPause is the longest pause between two looks for a slot, in milliseconds. */
const longestPause = 1_000;

/** Release gives a slot back. It may be called more than once. */
export type Release = () => void;

/**
 * BodySlots bound the memory that bodies on their way to the bucket take of one isolate, which serves many
 * objects, and many tenants. A slot is held for as long as the code that holds it is alive, however slowly its
 * body arrives.
 *
 * Whoever waits looks again by itself: a promise that another request settles would not wake it.
 */
export class BodySlots {
  readonly #renewedAt = new Map<object, number>();

  /** acquire resolves with what gives the slot back, and with undefined if none is free within `patience` milliseconds. */
  async acquire(patience: number): Promise<Release | undefined> {
    const until = Date.now() + patience;
    for (let pause = 50; ; pause = Math.min(2 * pause, longestPause)) {
      const now = Date.now();
      const release = this.#take(now);
      if (release || now >= until) return release;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, until - now)));
    }
  }

  #take(now: number): Release | undefined {
    for (const [slot, renewedAt] of this.#renewedAt) {
      if (Math.abs(now - renewedAt) > lapse) this.#renewedAt.delete(slot);
    }
    if (this.#renewedAt.size >= most) return undefined;
    const slot = {};
    const renew = () => void this.#renewedAt.set(slot, Date.now());
    renew();
    const renewing = setInterval(renew, renewEvery);
    return () => {
      clearInterval(renewing);
      this.#renewedAt.delete(slot);
    };
  }
}

/** bodySlots are those of this isolate. */
export const bodySlots = new BodySlots();
