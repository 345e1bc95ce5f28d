import type { WaitingWorker } from "./waiting-worker.ts";

/** lost is how long a request may give no sign of life before what it does is assumed to be lost with it, in ms. */
const lost = 5_000;

/** recent is for how long after one worker has asked every object the others need not do so as well, in milliseconds. */
const recent = 2_000;

/** grace is how long objects are listened to although nobody waits, in milliseconds: under load, somebody soon will. */
const grace = 100;

/** Busy is what is done about one object for all who wait. */
interface Busy {
  /** When there was a sign of life, in milliseconds since 1970. */
  seenAt: number;
}

/** Listening is a request that holds a socket of an object. */
export interface Listening extends Busy {
  /** end asks it to stop. It is called by other requests, so it only settles a promise. */
  end(): void;
}

/** Woken is workers that claim because of one signal. */
export interface Woken {
  /** How many have not come back. */
  left: number;
}

/** Signaled is an object that has signaled when nobody waited: there was so much to claim. */
interface Signaled extends Busy {
  readonly count: number;
}

/**
 * WaitingWorkers is the workers of a tenant that wait in this isolate for work of the same kinds. One request at a time
 * listens to each object for all of them, even if its own wait is over. An object signals once, and says how much there
 * is: as many workers claim, those first that have waited the longest. When their claims have returned, a worker that
 * still waits listens again. Before an object lets it, it looks whether there is something to claim, so that nothing is
 * missed in between.
 *
 * Everything here is plain data, which any request may change. Requests tell each other what to do through promises that
 * each has made itself. One that ends without a word is noticed by the others, who look for signs of life.
 */
export class WaitingWorkers {
  readonly #waiting = new Set<WaitingWorker>();
  /** What is done about each object; about others nothing. */
  readonly #objects = new Map<number, Listening | Signaled | Busy>();
  readonly #unused: () => void;
  /** When a worker has last asked every object instead of waiting for a signal. */
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param unused is called when nobody waits or listens any more */
  constructor(unused: () => void = () => {}) {
    this.#unused = unused;
  }

  /**
   * join adds a worker, or adds it again if it was assumed to be lost. It is woken at once if an object has signaled when
   * nobody waited.
   */
  join(worker: WaitingWorker): void {
    this.#waiting.add(worker);
    for (const [shard, busy] of this.#objects) {
      if ("count" in busy) this.#wake(busy.count, shard, () => this.#claims(shard));
    }
  }

  /** leave removes a worker whose wait is over; one that was woken has left already. */
  leave(worker: WaitingWorker): void {
    this.#waiting.delete(worker);
  }

  /** isEmpty returns whether nobody waits. */
  isEmpty(): boolean {
    for (const worker of this.#waiting) if (!isLost(worker)) return false;
    return true;
  }

  /**
   * isHeard returns whether a worker that can wait need not ask every object first, because it hears of what there is:
   * others listen, and one has asked not long ago. An object that a claim asks does what is overdue there, and no signal
   * is lost for longer.
   */
  isHeard(shards: number): boolean {
    if (this.unheard(shards).length === shards) return false;
    const now = Date.now();
    if (Math.abs(now - this.#askedAt) < recent) return true;
    this.#askedAt = now;
    return false;
  }

  /** closeIfEmpty ends all listening if nobody waits, and nobody comes to wait for some time. */
  async closeIfEmpty(): Promise<void> {
    if (!this.isEmpty()) return;
    await scheduler.wait(grace);
    if (!this.isEmpty()) return;
    for (const busy of this.#objects.values()) if ("end" in busy) busy.end();
    this.#objects.clear();
    this.#waiting.clear();
    this.#unused();
  }

  /** unheard returns the objects among the first `count` about which nothing is done. */
  unheard(count: number): readonly number[] {
    return Array.from({ length: count }, (_, shard) => shard).filter((shard) => {
      const busy = this.#objects.get(shard);
      return !busy || isLost(busy);
    });
  }

  /** listens says that a request listens to an object from now on, and no other one. */
  listens(shard: number, listening: Listening): void {
    const before = this.#objects.get(shard);
    this.#objects.set(shard, listening);
    if (before && "end" in before) before.end();
  }

  /**
   * heard says that an object has signaled that there is so much to claim. It returns the workers that are woken for it;
   * if nobody waits, the next worker that does is woken.
   */
  heard(shard: number, listening: Listening, count: number): Woken | undefined {
    const isCurrent = this.#objects.get(shard) === listening;
    const begun = () => (isCurrent ? this.#claims(shard) : undefined);
    const woken = this.#wake(count, shard, begun);
    if (!woken && isCurrent) this.#objects.set(shard, { seenAt: Date.now(), count });
    return woken;
  }

  /** failed says that an object cannot be listened to: all claim, as they would without waiting. */
  failed(shard: number, listening: Listening): void {
    if (this.#objects.get(shard) !== listening) return;
    const woken = this.#wake(this.#waiting.size, undefined, () => this.#claims(shard));
    if (!woken) this.#free(shard);
  }

  /** ended says that a request no longer listens to an object; a worker that waits does so in its place. */
  ended(shard: number, listening: Listening): void {
    if (this.#objects.get(shard) === listening) this.#free(shard);
  }

  /** Says that woken workers claim of an object, and returns what is to be called when they have done so. */
  #claims(shard: number): () => void {
    const claims = { seenAt: Date.now() };
    this.#objects.set(shard, claims);
    return () => {
      if (this.#objects.get(shard) === claims) this.#free(shard);
    };
  }

  /**
   * Wakes so many workers, and returns them if there was any.
   *
   * @param begun is called first, and returns what to call when all have claimed
   */
  #wake(
    count: number,
    shard: number | undefined,
    begun: () => (() => void) | undefined,
  ): Woken | undefined {
    const workers: WaitingWorker[] = [];
    for (const worker of this.#waiting) {
      if (workers.length === count) break;
      this.#waiting.delete(worker);
      if (!isLost(worker)) workers.push(worker);
    }
    if (workers.length === 0) return undefined;
    const done = begun();
    const woken = { left: workers.length };
    for (const worker of workers) {
      let isBack = false;
      const returned = () => {
        if (isBack) return;
        isBack = true;
        woken.left -= 1;
        if (woken.left === 0) done?.();
      };
      worker.tell({ shard, returned, takesLong: () => done?.() });
    }
    return woken;
  }

  #free(shard: number): void {
    this.#objects.delete(shard);
    // The newest worker is likely to wait the longest.
    [...this.#waiting].findLast((worker) => !isLost(worker))?.tell("listen");
    if (this.isEmpty() && this.#objects.size === 0) this.#unused();
  }
}

function isLost({ seenAt }: Pick<Busy, "seenAt">): boolean {
  return Math.abs(Date.now() - seenAt) >= lost;
}
