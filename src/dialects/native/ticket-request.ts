import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, invalid } from "../../core/errors.ts";
import { maxTicketLife } from "../../core/limits.ts";
import { parse } from "../../core/shape/parse.ts";
import { object, optional, string } from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";

/** defaultTicketTtl is how long a ticket is valid by default, in milliseconds. */
export const defaultTicketTtl = 10 * 60_000;

/** leastTicketTtl is the minimum that can be asked for, in milliseconds: a ticket's time has whole seconds. */
export const leastTicketTtl = 1_000;

const range = `from ${formatDuration(leastTicketTtl)} to ${formatDuration(maxTicketLife)}`;

/** ticketTtl is a duration that a ticket may be valid for. */
export const ticketTtl = string({
  fits: (text) => {
    const ttl = parseDuration(text) ?? Number.NaN;
    return ttl >= leastTicketTtl && ttl <= maxTicketLife;
  },
  want: `must be a duration ${range}`,
});

/** ticketRequest is the body of `POST /operations/{id}:tickets`. */
export const ticketRequest = object({ ttl: optional(ticketTtl) });

/**
 * decodeTicket reads the body of `POST /operations/{id}:tickets`: how long a ticket is to be valid, in milliseconds.
 */
export function decodeTicket(body: unknown): Result<number, Failure> {
  const parsed = parse(ticketRequest, body);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  return ok(parseDuration(parsed.value.ttl ?? "") ?? defaultTicketTtl);
}
