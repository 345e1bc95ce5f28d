import { type ByName, plus, type Sum } from "./by-name.ts";
import { type Histogram, histogramOf, joined } from "./histogram.ts";

/**
 * Tally counts what happened in a period: operations created and ended, and requests. Tallies add up exactly, in any
 * order and grouping: those of several steps to a longer step, those of several shards to the tenant's.
 */
export interface Tally {
  readonly created: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  /** How long operations took until they ended, by kind. */
  readonly kinds: ByName<Histogram>;
  /** Requests by route pattern. */
  readonly requests: ByName<number>;
}

/** End is what a tally counts when an operation ends. */
export interface End {
  readonly kind: string;
  readonly status: "succeeded" | "failed" | "canceled";
  /** Milliseconds from its creation to its end. */
  readonly took: number;
}

/** ofKinds adds up kinds, at most 32 of them. */
export const ofKinds: Sum<Histogram> = { most: 32, add: joined };

/** ofRoutes adds up route patterns, at most 64 of them. */
export const ofRoutes: Sum<number> = { most: 64, add: (a, b) => a + b };

/** nothing is the empty tally. */
export const nothing: Tally = {
  created: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  kinds: {},
  requests: {},
};

/** withCreated returns a tally with one more operation created. */
export function withCreated(tally: Tally): Tally {
  return { ...tally, created: tally.created + 1 };
}

/** withEnd returns a tally with one more operation ended. */
export function withEnd(tally: Tally, { kind, status, took }: End): Tally {
  const kinds = plus(tally.kinds, { [kind]: histogramOf(took) }, ofKinds);
  return { ...tally, [status]: tally[status] + 1, kinds };
}

/** withRequests returns a tally with further requests, by route pattern. */
export function withRequests(tally: Tally, requests: ByName<number>): Tally {
  return { ...tally, requests: plus(tally.requests, requests, ofRoutes) };
}

/** total returns the sum of two tallies. */
export function total(a: Tally, b: Tally): Tally {
  return {
    created: a.created + b.created,
    succeeded: a.succeeded + b.succeeded,
    failed: a.failed + b.failed,
    canceled: a.canceled + b.canceled,
    kinds: plus(a.kinds, b.kinds, ofKinds),
    requests: plus(a.requests, b.requests, ofRoutes),
  };
}
