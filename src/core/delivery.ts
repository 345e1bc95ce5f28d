import type { Trace } from "./trace.ts";

/** Webhook is a URL to notify when an operation ends. */
export interface Webhook {
  readonly url: string;
  /** The origin of the links in the payload, such as `https://example.com`. */
  readonly origin: string;
  /** The dialect of the payload. Default: the native one, which is also used if the dialect is not installed. */
  readonly format?: string;
}

/**
 * Delivery is the delivery of one operation's webhook. It has its own lifecycle: nothing that happens to it changes the
 * operation.
 */
export interface Delivery extends Omit<Webhook, "format"> {
  /** The operation. */
  readonly id: string;
  readonly state: DeliveryState;
  /** Milliseconds since 1970; absent once the delivery is over. */
  readonly nextAt?: number;
  /** How many tries the current round has made; redelivery starts a new round. */
  readonly round: number;
  /** How the operation ended, and when; absent if older code began the delivery. */
  readonly ended?: { readonly status: string; readonly at: number };
  /** Set if the operation was imported. An import may bring any id, and another tenant's receivers may know it. */
  readonly imported?: true;
  /** The trace of the operation's create. */
  readonly trace?: Trace;
  /** The latest tries, oldest first, at most maxTries. */
  readonly tries: readonly Try[];
}

/**
 * DeliveryState is `pending` until the target accepts the webhook (`delivered`), responds that it is gone for good
 * (`gone`), or has failed throughout the schedule (`exhausted`).
 */
export type DeliveryState = "pending" | "delivered" | "gone" | "exhausted";

/** Try is one request to the target: when it began, and its status or why it has none. */
export type Try = { readonly at: number } & Answer;

/** Answer is the outcome of a try: an HTTP status, or why there is none. */
export type Answer = { readonly status: number } | { readonly error: string };

/** maxTries is how many tries of a delivery are stored. */
export const maxTries = 50;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * The waits after each failed try of a round, a little over three days together. Source: Standard
 * Webhooks, "Deliverability and reliability".
 */
const waits = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/**
 * longest is the longest duration of a round: all the waits, each at its longest. A failed try after that ends the
 * round, even if there were few.
 */
export const longest = 1.1 * waits.reduce((sum, wait) => sum + wait, 0);

/**
 * webhookId returns the id of a webhook, the same for all its tries and rounds, so that receivers can recognize
 * repetitions.
 */
export function webhookId(id: string): string {
  return `msg_${id}`;
}

/** newDelivery returns a delivery that is due at once. */
export function newDelivery(id: string, { url, origin }: Webhook, now: number): Delivery {
  return { id, url, origin, state: "pending", nextAt: now, round: 0, tries: [] };
}

/** again starts a new round of tries at once, whatever the outcome of earlier ones. */
export function again(delivery: Delivery, now: number): Delivery {
  return { ...delivery, state: "pending", nextAt: now, round: 0 };
}

/** refusedDelivery returns a delivery that has ended without a try, because too many are waiting already. */
export function refusedDelivery(delivery: Delivery, error: string, now: number): Delivery {
  const { nextAt: _, ...rest } = delivery;
  const tries = [...delivery.tries, { at: now, error }].slice(-maxTries);
  return { ...rest, state: "exhausted", tries };
}

/**
 * tried returns a delivery after a try. A 2xx or a 410 ends it; anything else, including a redirect, is a failed try,
 * and the next one waits for its time in the schedule.
 *
 * @param jitter from 0 to 1: changes a wait by up to a tenth either way
 */
export function tried(delivery: Delivery, made: Try, now: number, jitter: number): Delivery {
  const { nextAt: _, ...rest } = delivery;
  const tries = [...delivery.tries, made].slice(-maxTries);
  const round = delivery.round + 1;
  const status = "status" in made ? made.status : 0;
  if (status >= 200 && status < 300) return { ...rest, state: "delivered", round, tries };
  if (status === 410) return { ...rest, state: "gone", round, tries };
  const wait = waits[round - 1];
  // If many wait for a target that is down, some do not get all their tries.
  const isTooOld = made.at - begunAt(delivery, made) > longest;
  if (wait === undefined || isTooOld) return { ...rest, state: "exhausted", round, tries };
  const nextAt = Math.round(now + wait * (0.9 + jitter / 5));
  return { ...rest, state: "pending", nextAt, round, tries };
}

/** When the current round began: with its first try, or when that was due. */
function begunAt({ round, nextAt, tries }: Delivery, made: Try): number {
  return (round === 0 ? nextAt : tries.at(-round)?.at) ?? made.at;
}
