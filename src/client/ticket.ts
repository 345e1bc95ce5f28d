import { durationOption } from "./options.ts";

/** Ticket is a credential that can read one operation and nothing else, for use in a browser. */
export interface Ticket {
  /** Send it like a token or, if no header can be set, as `?ticket=`. It cannot be revoked. */
  readonly ticket: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

const shortest = 1_000;
const longest = 24 * 3_600_000;

/**
 * ticketBody returns the body of a request for a ticket that is valid for `ttl`.
 *
 * @throws RangeError unless it is a duration from 1s to 24h
 */
export function ticketBody(ttl: string | undefined): unknown {
  if (ttl === undefined) return {};
  durationOption("ttl", ttl, shortest, longest);
  return { ttl };
}
