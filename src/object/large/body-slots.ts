import type { LargeBody } from "../../runner/result-room.ts";

/** most is how many bodies pass through one isolate at once: with a part of 5 MiB each, 40 of the 128 MB that Cloudflare gives it. */
const most = 8;

/**
 * lapse is how long nothing may come of a body before its slot is somebody else's, in milliseconds: the
 * runtime ends a request whose client has gone, and nothing of its code runs then.
 */
const lapse = 2 * 60_000;

/** longestPause is the most between two looks for a slot, in milliseconds. */
const longestPause = 1_000;

/** BodySlot is the right to hold a part of one body in memory. */
export interface BodySlot {
  /** through returns a body of which each piece keeps the slot. */
  through(body: LargeBody): LargeBody;
  release(): void;
}

/**
 * BodySlots bound the memory that bodies on their way to the bucket take of one isolate, which serves many
 * objects, and many tenants.
 *
 * Whoever waits looks again by itself: a promise that another request settles would not wake it.
 */
export class BodySlots {
  readonly #usedAt = new Map<object, number>();

  /** acquire resolves with a slot once there is one, and with undefined if none is free within `patience` milliseconds. */
  async acquire(patience: number): Promise<BodySlot | undefined> {
    const until = Date.now() + patience;
    for (let pause = 50; ; pause = Math.min(2 * pause, longestPause)) {
      const now = Date.now();
      const slot = this.#take(now);
      if (slot || now >= until) return slot;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, until - now)));
    }
  }

  #take(now: number): BodySlot | undefined {
    for (const [slot, usedAt] of this.#usedAt) {
      if (now - usedAt > lapse) this.#usedAt.delete(slot);
    }
    if (this.#usedAt.size >= most) return undefined;
    const slot: BodySlot = {
      through: (body) => async () => {
        const piece = await body();
        if (this.#usedAt.has(slot)) this.#usedAt.set(slot, Date.now());
        return piece;
      },
      release: () => void this.#usedAt.delete(slot),
    };
    this.#usedAt.set(slot, now);
    return slot;
  }
}

/** bodySlots are those of this isolate. */
export const bodySlots = new BodySlots();
