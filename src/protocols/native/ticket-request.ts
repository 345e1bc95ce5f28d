import * as z from "zod/mini";
import { formatDuration, parseDuration } from "../../base/duration.ts";
import { type Failure, invalid } from "../../core/errors.ts";
import { fieldErrors } from "../field-errors.ts";

/** defaultTicketTtl is how long a ticket is good where the request does not say, in milliseconds. */
const defaultTicketTtl = 10 * 60_000;

/** leastTicketTtl is the least that can be asked for, in milliseconds: a ticket's time has whole seconds. */
const leastTicketTtl = 1_000;

/**
 * decodeTicket reads the body of `POST /operations/{id}:tickets`: how long a ticket is to be good.
 *
 * @param most the longest that may be asked for, in milliseconds
 */
export function decodeTicket(
  body: unknown,
  most: number,
): { readonly ttl: number } | { readonly error: Failure } {
  const range = `from ${formatDuration(leastTicketTtl)} to ${formatDuration(most)}`;
  const isGood = (text: string) => {
    const ttl = parseDuration(text) ?? Number.NaN;
    return ttl >= leastTicketTtl && ttl <= most;
  };
  const ttl = z.string().check(z.refine(isGood, { message: `want a duration ${range}` }));
  const parsed = z.strictObject({ ttl: z.optional(ttl) }).safeParse(body);
  if (!parsed.success) return { error: invalid(fieldErrors(parsed.error.issues)) };
  return { ttl: parseDuration(parsed.data.ttl ?? "") ?? defaultTicketTtl };
}
