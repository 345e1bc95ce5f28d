import { AsyncLocalStorage } from "node:async_hooks";
import type { Deployment } from "./deployment.ts";
import { type Due, EventQueue } from "./event-queue.ts";
import { Random } from "./random.ts";

/** Violation says which invariant does not hold, and how that shows. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** mostAtOnce is far more than happens in a second of any run; who gets there runs in a circle. */
const mostAtOnce = 20_000;

/** began is when every history begins, by the wall clock. */
const began = Date.UTC(2026, 10, 25, 12);

/** World is what everything in one run shares: time, chance, what happened, and what is wrong. */
export class World {
  readonly queue: EventQueue;
  readonly history: string[] = [];
  /** When something happened, by the time that passes. */
  readonly moments: number[] = [];
  /** What code under test draws. */
  readonly randomness: Random;
  readonly #hops: Random;
  #offset = 0;
  /** How far the wall clock has been off, and since when, by the time that passes. */
  readonly #turns = [{ since: 0, offset: 0 }];
  #latest = 0;
  #events = 0;
  #secondFrom = Number.NEGATIVE_INFINITY;
  /** When something last went wrong, by the time that passes. */
  faultAt = Number.NEGATIVE_INFINITY;
  #onClock: (() => void)[] = [];
  violation: Violation | undefined;

  constructor(seed: number) {
    const ties = new Random(seed, "ties");
    this.queue = new EventQueue(() => ties.next());
    this.randomness = new Random(seed, "randomness");
    this.#hops = new Random(seed, "hops");
  }

  /** wall is the wall clock, in milliseconds since 1970. */
  get wall(): number {
    return Math.floor(began + this.queue.now + this.#offset);
  }

  /** latest is the latest that the wall clock has shown. */
  get latest(): number {
    return Math.max(this.#latest, this.wall);
  }

  /** reached is when the wall clock first showed a time, by the time that passes; or infinity. */
  reached(wall: number): number {
    const times = this.#turns.map(({ since, offset }, index) => {
      const at = Math.max(since, wall - began - offset);
      return at < (this.#turns[index + 1]?.since ?? this.queue.now) ? at : Number.POSITIVE_INFINITY;
    });
    return Math.min(...times);
  }

  get events(): number {
    return this.#events;
  }

  /** turnClock moves the wall clock against the time that passes. */
  turnClock(by: number): void {
    this.#latest = this.latest;
    this.#offset += by;
    this.#turns.push({ since: this.queue.now, offset: this.#offset });
    for (const told of this.#onClock) told();
  }

  onClock(told: () => void): void {
    this.#onClock.push(told);
  }

  /** latency is how long something takes to get elsewhere: mostly little, now and then much. */
  latency(): number {
    const kind = this.#hops.next();
    if (kind < 0.9) return this.#hops.between(0, 1);
    return kind < 0.99 ? this.#hops.between(1, 8) : this.#hops.between(8, 60);
  }

  /** hop is a way that something takes from one place to another. */
  hop(arrive: () => void): Due {
    return this.queue.after(this.latency(), arrive);
  }

  note(text: string): void {
    this.history.push(`${this.queue.now.toFixed(2).padStart(12)}  ${text}`);
  }

  /** fail notes the first thing that is wrong; the run then ends. */
  fail(invariant: string, message: string): void {
    if (this.violation) return;
    this.violation = new Violation(invariant, message);
    this.note(`VIOLATION ${invariant}: ${message}`);
  }

  /** pass lets time pass and everything happen that is due in it. */
  pass(milliseconds: number, isEnough: () => boolean = () => false): void {
    const end = this.queue.now + milliseconds;
    drain();
    while (!this.violation && !isEnough()) {
      const run = this.queue.next(end);
      if (!run) return;
      if (++this.#events % mostAtOnce === 0) {
        if (this.queue.now < this.#secondFrom + 1_000) {
          this.fail("S11", `${mostAtOnce} things happened within a second`);
          return;
        }
        this.#secondFrom = this.queue.now;
      }
      this.moments.push(this.queue.now);
      run();
      drain();
    }
  }
}

/** Process is where code runs: a Worker, a life of an object, an attempt; once dead, nothing of it runs. */
export class Process {
  readonly name: string;
  isAlive = true;
  /** Is told when work begins in it. */
  onBegin: (() => void) | undefined;
  /** Is told when a step is made or undone in it. */
  onStep: ((name: string, does: "made" | "undone") => void) | undefined;
  /** Timers that are set, and calls that are under way. */
  #pending = 0;
  /** Is told when there are none any more. */
  onIdle: (() => void) | undefined;

  readonly deployment: Deployment | undefined;
  readonly #onDeath: (() => void)[] = [];

  /** @param deployment the code that runs in it, where that is the code under test */
  constructor(name: string, deployment?: Deployment) {
    this.name = name;
    this.deployment = deployment;
  }

  get pending(): number {
    return this.#pending;
  }

  set pending(count: number) {
    this.#pending = count;
    if (count === 0) this.onIdle?.();
  }

  onDeath(told: () => void): void {
    this.#onDeath.push(told);
  }

  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const told of this.#onDeath) told();
  }

  /** run runs code in this process, with all that it begins. */
  run<T>(code: () => T): T {
    return current.run(this, code);
  }

  /** resume goes on with code of this process, unless it is dead. */
  resume(code: () => void): void {
    if (this.isAlive) current.run(this, code);
  }

  /** leave lets something leave the process; a life of an object holds it until what it rests on is on disk. */
  leave(go: () => void): void {
    if (this.isAlive) go();
  }

  /** wait is a promise of something that comes from elsewhere; it never settles in a dead process. */
  wait<T>(begin: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void) {
    this.pending += 1;
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      const settle = (act: () => void) => {
        if (!this.isAlive || isOver) return;
        isOver = true;
        this.pending -= 1;
        this.run(act);
      };
      begin(
        (value) => settle(() => resolve(value)),
        (reason) => settle(() => reject(reason)),
      );
    });
  }
}

const current = new AsyncLocalStorage<Process>();

/** here is the process that is running. */
export function here(): Process {
  const process = current.getStore();
  if (!process) throw new Error("Nothing runs here");
  return process;
}

/** somewhere is the process that is running, where one is. */
export function somewhere(): Process | undefined {
  return current.getStore();
}

/**
 * drain runs what is ready to run, at once. So a run is one synchronous call, in which nothing else
 * of the machine comes between; it must not itself be called from a promise.
 */
export function drain(): void {
  process._tickCallback();
}
