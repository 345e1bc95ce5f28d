import { durationOption } from "./options.ts";

/** Ticket reads one operation and does nothing else; it can be given to a browser. */
export interface Ticket {
  /** In the place of a token, or as `?ticket=` where no header can be set. It cannot be called back. */
  readonly ticket: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

const shortest = 1_000;
const longest = 24 * 3_600_000;

/**
 * ticketBody asks for a ticket that is good for so long.
 *
 * @throws RangeError for what is no duration from 1s to 24h
 */
export function ticketBody(ttl: string | undefined): unknown {
  if (ttl === undefined) return {};
  durationOption("ttl", ttl, shortest, longest);
  return { ttl };
}
