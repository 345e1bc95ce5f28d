import { TimeHeap } from "./time-heap.ts";

/** total is how many tries an object makes at once: as many connections as the runtime allows. */
const total = 6;

/** perHost is how many of them may go to one host; a host whose last try failed gets one. */
const perHost = 2;

/** suspects is how many tries may go to failing hosts in total. */
const suspects = 3;

/** maxPerHost is how many deliveries may wait for one host. */
export const maxPerHost = 50_000;

/** maxWaiting is how many may wait in total. */
export const maxWaiting = 100_000;

/** Host is a target with at least one delivery. */
interface Host {
  readonly name: string;
  /** The waiting deliveries, by when each is due. */
  readonly due: TimeHeap<string>;
  /** How many tries are running. */
  busy: number;
  /** Whether its last try failed. */
  isSuspect: boolean;
  /** When it failed. */
  triedAt: number;
}

/**
 * DeliveryQueues decides which delivery is tried next, so that slow or dead targets neither take every lane nor cost
 * more when more deliveries wait for them: a target that responds always finds a free lane. Each host has its own
 * queue. Hosts that cannot be tried now are not looked at; failing hosts take turns, the one left alone longest first.
 */
export class DeliveryQueues {
  readonly #hosts = new Map<string, Host>();
  readonly #hostOf = new Map<string, Host>();
  /** Hosts that may be tried, by when: those whose last try succeeded, and those whose last try failed. */
  readonly #sound = new TimeHeap<Host>();
  readonly #suspect = new TimeHeap<Host>();
  #busy = 0;
  #busySuspects = 0;

  /** underWay is how many tries are running. */
  get underWay(): number {
    return this.#busy;
  }

  /** waiting is how many deliveries wait for their time or for a lane. */
  get waiting(): number {
    return this.#hostOf.size;
  }

  /** has returns whether a delivery waits. */
  has(id: string): boolean {
    return this.#hostOf.has(id);
  }

  /** isFull returns whether no more deliveries to a host may wait. */
  isFull(host: string): boolean {
    const waiting = this.#hosts.get(host)?.due.size ?? 0;
    return waiting >= maxPerHost || this.waiting >= maxWaiting;
  }

  /** set adds a delivery that waits until it is due, or changes when that is. */
  set(id: string, name: string, at: number): void {
    const host = this.#named(name);
    host.due.set(id, at);
    this.#hostOf.set(id, host);
    this.#place(host);
  }

  /** delete removes a waiting delivery. */
  delete(id: string): void {
    const host = this.#hostOf.get(id);
    if (!host) return;
    this.#hostOf.delete(id);
    host.due.delete(id);
    this.#place(host);
  }

  /**
   * take removes and returns the next delivery that is due and has a lane; `leave` gives the lane back.
   *
   * @param mayProbe whether it may go to a failing host
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
   * leave ends a try.
   *
   * @param isGood whether its target responded well; undefined if the try says nothing about the target
   */
  leave(name: string, isGood: boolean | undefined, now: number): void {
    const host = this.#named(name);
    this.#busy -= 1;
    if (host.isSuspect) this.#busySuspects -= 1;
    host.busy -= 1;
    host.triedAt = now;
    if (isGood === host.isSuspect) {
      host.isSuspect = !isGood;
      // Its running tries now count on the other side too.
      this.#busySuspects += isGood ? -host.busy : host.busy;
    }
    this.#place(host);
  }

  /**
   * next returns when a delivery with a lane is due, or infinity if that depends on a try ending.
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

  /** Moves a host to where it is found once it may be tried, and forgets a host without deliveries or tries. */
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
