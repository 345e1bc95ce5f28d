/** total is how many tries an object has under way: as many as the runtime lets connect at once. */
const total = 6;

/** perHost is how many of them may go to one host. */
const perHost = 2;

/** suspects is how many may go to hosts that failed last time, all together. */
const suspects = 3;

/**
 * DeliveryLanes decides which deliveries may be tried now, so that targets that are slow or dead
 * never take every lane: whatever the others do, a target that answers finds one free.
 */
export class DeliveryLanes {
  /** Hosts with tries under way, and how many. */
  readonly #busy = new Map<string, number>();
  /** Hosts whose last try failed. */
  readonly #failing = new Set<string>();
  #size = 0;

  /** size is how many tries are under way. */
  get size(): number {
    return this.#size;
  }

  /** isFull says that no host at all may be tried now. */
  get isFull(): boolean {
    return this.#size >= total;
  }

  /** enter takes a lane to a host, where there is one. */
  enter(host: string): boolean {
    const busy = this.#busy.get(host) ?? 0;
    if (this.isFull || busy >= perHost) return false;
    if (this.#failing.has(host) && (busy >= 1 || this.#suspected() >= suspects)) return false;
    this.#busy.set(host, busy + 1);
    this.#size += 1;
    return true;
  }

  /** leave gives a lane back; a host that fails is a suspect until it answers well. */
  leave(host: string, isGood: boolean): void {
    const busy = (this.#busy.get(host) ?? 1) - 1;
    if (busy > 0) this.#busy.set(host, busy);
    else this.#busy.delete(host);
    this.#size -= 1;
    if (isGood) this.#failing.delete(host);
    else this.#failing.add(host);
    // Suspicion is only a hint; it need not outgrow a map of many targets.
    if (this.#failing.size > 1_000) this.#failing.clear();
  }

  #suspected(): number {
    let count = 0;
    for (const [host, busy] of this.#busy) if (this.#failing.has(host)) count += busy;
    return count;
  }
}
