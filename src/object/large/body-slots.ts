/**
 * most is how many bodies may pass through one isolate at once: with a part of 5 MiB each, 40 of the 128 MB that
 * Cloudflare allows it.
 */
const most = 8;

/** renewEvery is how often the holder of a slot renews it, in milliseconds. */
const renewEvery = 15_000;

/**
 * lapse is how long after its last renewal a slot becomes free, in milliseconds: when a client disconnects, the runtime
 * may end the request with its timers and run no more of its code.
 */
const lapse = 4 * renewEvery;

/** longestPause is the longest pause between two checks for a free slot, in milliseconds. */
const longestPause = 1_000;

/** Release frees a slot. It may be called more than once. */
export type Release = () => void;

/**
 * BodySlots limit the memory that bodies on their way to the bucket use in one isolate, which serves many objects and
 * tenants. A slot is held as long as the code that holds it is alive, however slowly its body arrives.
 *
 * Waiters poll: a promise that another request resolves would not wake them.
 */
export class BodySlots {
  readonly #renewedAt = new Map<object, number>();

  /**
   * acquire resolves with a function that frees the slot, or with undefined if none is free within `patience`
   * milliseconds.
   */
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

/** bodySlots are the slots of this isolate. */
export const bodySlots = new BodySlots();
