import { TimeHeap } from "./time-heap.ts";

/** total is how many tries an object has under way: as many as the runtime lets connect at once. */
const total = 6;

/** perHost is how many of them may go to one host; to one that failed last time, a single one. */
const perHost = 2;

/** suspects is how many may go to hosts that failed last time, all together. */
const suspects = 3;

/** maxPerHost is how many deliveries may wait for one host. */
export const maxPerHost = 50_000;

/** maxWaiting is how many may wait in all. */
export const maxWaiting = 100_000;

/** Host is a target of deliveries, for as long as there are any to it. */
interface Host {
  readonly name: string;
  /** Those that wait, by when each is due. */
  readonly due: TimeHeap<string>;
  /** How many are under way. */
  busy: number;
  /** Whether its last try failed. */
  isSuspect: boolean;
  /** When that was. */
  triedAt: number;
}

/**
 * DeliveryQueues decide which delivery is tried next, so that targets that are slow or dead neither
 * take every lane nor cost more the more deliveries wait for them: whatever the others do, a target
 * that answers finds a lane free. Each host has a queue of its own. A host that cannot be tried now
 * is not looked at; those that failed take turns, the one that was left alone longest first.
 */
export class DeliveryQueues {
  readonly #hosts = new Map<string, Host>();
  readonly #hostOf = new Map<string, Host>();
  /** Hosts that may be tried, by when: those that answered well, and those that did not. */
  readonly #sound = new TimeHeap<Host>();
  readonly #suspect = new TimeHeap<Host>();
  #busy = 0;
  #busySuspects = 0;

  /** underWay is how many tries are being made. */
  get underWay(): number {
    return this.#busy;
  }

  /** waiting is how many deliveries wait for their time or for a lane. */
  get waiting(): number {
    return this.#hostOf.size;
  }

  /** has says whether a delivery waits. */
  has(id: string): boolean {
    return this.#hostOf.has(id);
  }

  /** isFull says whether no more deliveries to a host can wait. */
  isFull(host: string): boolean {
    const waiting = this.#hosts.get(host)?.due.size ?? 0;
    return waiting >= maxPerHost || this.waiting >= maxWaiting;
  }

  /** set lets a delivery wait until it is due, or changes when that is. */
  set(id: string, name: string, at: number): void {
    const host = this.#named(name);
    host.due.set(id, at);
    this.#hostOf.set(id, host);
    this.#place(host);
  }

  /** delete takes out a delivery that waits. */
  delete(id: string): void {
    const host = this.#hostOf.get(id);
    if (!host) return;
    this.#hostOf.delete(id);
    host.due.delete(id);
    this.#place(host);
  }

  /**
   * take takes out the next delivery that is due and has a lane; `leave` gives the lane back.
   *
   * @param mayProbe whether it may be one to a host that failed last time
   */
  take(now: number, mayProbe: boolean): { readonly id: string; readonly host: string } | undefined {
    const host = this.#next(now, mayProbe);
    const id = host?.due.first;
    if (!host || id === undefined) return undefined;
    host.busy += 1;
    this.#busy += 1;
    if (host.isSuspect) this.#busySuspects += 1;
    this.delete(id);
    return { id, host: host.name };
  }

  /**
   * leave says that a try has ended.
   *
   * @param isGood whether its target answered well; undefined if the try says nothing of it
   */
  leave(name: string, isGood: boolean | undefined, now: number): void {
    const host = this.#named(name);
    this.#busy -= 1;
    if (host.isSuspect) this.#busySuspects -= 1;
    host.busy -= 1;
    host.triedAt = now;
    if (isGood === host.isSuspect) {
      host.isSuspect = !isGood;
      // Those that are still under way change sides with it.
      this.#busySuspects += isGood ? -host.busy : host.busy;
    }
    this.#place(host);
  }

  /**
   * next returns when a delivery is due that has a lane, or infinity if none is before a try ends.
   *
   * @param mayProbe see take
   */
  next(mayProbe: boolean): number {
    if (this.#busy >= total) return Number.POSITIVE_INFINITY;
    const isOpen = mayProbe && this.#busySuspects < suspects;
    const suspect = isOpen ? this.#suspect.firstAt : Number.POSITIVE_INFINITY;
    return Math.min(this.#sound.firstAt, suspect);
  }

  #next(now: number, mayProbe: boolean): Host | undefined {
    const at = this.next(mayProbe);
    if (at > now || at === Number.POSITIVE_INFINITY) return undefined;
    return this.#sound.firstAt === at ? this.#sound.first : this.#suspect.first;
  }

  #named(name: string): Host {
    const known = this.#hosts.get(name);
    if (known) return known;
    const due = new TimeHeap<string>();
    const host: Host = { name, due, busy: 0, isSuspect: false, triedAt: 0 };
    this.#hosts.set(name, host);
    return host;
  }

  /** Puts a host where it is found when it may be tried, and forgets one that has nothing left. */
  #place(host: Host): void {
    this.#sound.delete(host);
    this.#suspect.delete(host);
    if (host.due.size === 0) {
      if (host.busy === 0) this.#hosts.delete(host.name);
    } else if (host.isSuspect) {
      if (host.busy === 0) this.#suspect.set(host, Math.max(host.due.firstAt, host.triedAt));
    } else if (host.busy < perHost) this.#sound.set(host, host.due.firstAt);
  }
}
