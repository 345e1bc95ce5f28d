import { type ByName, others, plus } from "./by-name.ts";
import { addTo, type Durations, durations, plusTiming, type Timing } from "./timing.ts";

/**
 * Totals count what has happened to operations since counting began: they only grow. Those of several shards add up
 * exactly.
 */
export interface Totals {
  /** By kind; kinds beyond the first `mostKinds` are counted under `(other)`. */
  readonly kinds: ByName<KindTotals>;
  /** Other events by name, such as `delivery.delivered` and `limit.storage`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** KindTotals are the totals of one kind. */
export interface KindTotals {
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  /** Attempts that were lost: with their object, or because their lease expired. */
  readonly lost: number;
  /** From the time when an operation may start to the start of its first attempt. */
  readonly start: Timing;
  /** From the creation of an operation to its end, including waits. */
  readonly finish: Timing;
}

/** Counted are the members of KindTotals that are counts. */
export type Counted = Exclude<keyof KindTotals, "start" | "finish">;

/** mostKinds is how many kinds are counted separately. */
export const mostKinds = 32;

/** ofTotals adds up the totals of kinds. */
const ofTotals = { most: mostKinds, add: plusKind } as const;

/** noTotals are empty totals. */
export const noTotals: Totals = { kinds: {}, counts: {} };

/** plusTotals returns the sum of two, and keeps unknown members of the first. */
export function plusTotals<T extends Totals>(a: T, b: Totals): T {
  const counts: Record<string, number> = { ...a.counts };
  for (const [name, count] of Object.entries(b.counts)) counts[name] = (counts[name] ?? 0) + count;
  return { ...a, kinds: plus(a.kinds, b.kinds, ofTotals), counts };
}

function plusKind(a: KindTotals, b: KindTotals): KindTotals {
  return {
    ...a,
    created: a.created + b.created,
    succeeded: a.succeeded + b.succeeded,
    failed: a.failed + b.failed,
    canceled: a.canceled + b.canceled,
    lost: a.lost + b.lost,
    start: plusTiming(a.start, b.start),
    finish: plusTiming(a.finish, b.finish),
  };
}

type Mutable = Record<Counted, number> & { start: Durations; finish: Durations };

/** Counting is Totals that are still counting: each count takes constant time, and copies nothing. */
export class Counting {
  readonly #kinds = new Map<string, Mutable>();
  readonly #counts = new Map<string, number>();

  /** count adds one to a count of a kind. */
  count(kind: string, what: Counted): void {
    this.#of(kind)[what] += 1;
  }

  /** took adds how long the start or the finish of an operation of a kind took, in milliseconds. */
  took(kind: string, what: "start" | "finish", milliseconds: number): void {
    addTo(this.#of(kind)[what], milliseconds);
  }

  /** happened counts an event that belongs to no kind; its names are constants in the code. */
  happened(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  /** totals returns the totals so far. */
  totals(): Totals {
    return { kinds: Object.fromEntries(this.#kinds), counts: Object.fromEntries(this.#counts) };
  }

  #of(kind: string): Mutable {
    const known = this.#kinds.get(kind);
    if (known) return known;
    if (this.#kinds.size >= mostKinds && kind !== others) return this.#of(others);
    const none = { created: 0, succeeded: 0, failed: 0, canceled: 0, lost: 0 };
    const fresh = { ...none, start: durations(), finish: durations() };
    this.#kinds.set(kind, fresh);
    return fresh;
  }
}
