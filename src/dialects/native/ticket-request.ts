import * as z from "zod/mini";
import { formatDuration, parseDuration } from "../../base/duration.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, invalid } from "../../core/errors.ts";
import { maxTicketLife } from "../../core/limits.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";

/** defaultTicketTtl is how long a ticket is good where the request does not say, in milliseconds. */
export const defaultTicketTtl = 10 * 60_000;

/** leastTicketTtl is the least that can be asked for, in milliseconds: a ticket's time has whole seconds. */
export const leastTicketTtl = 1_000;

const range = `from ${formatDuration(leastTicketTtl)} to ${formatDuration(maxTicketLife)}`;

/** ticketTtl is a duration that a ticket may be asked for. */
export const ticketTtl = z.string().check(
  z.refine(
    (text) => {
      const ttl = parseDuration(text) ?? Number.NaN;
      return ttl >= leastTicketTtl && ttl <= maxTicketLife;
    },
    { message: `want a duration ${range}` },
  ),
);

/** ticketRequest is the body of `POST /operations/{id}:tickets`. */
export const ticketRequest = z.strictObject({ ttl: z.optional(ticketTtl) });

/** decodeTicket reads the body of `POST /operations/{id}:tickets`: how long, in milliseconds, a ticket is to be good. */
export function decodeTicket(body: unknown): Result<number, Failure> {
  const parsed = ticketRequest.safeParse(body);
  if (!parsed.success) return failed(invalid(fieldErrors(parsed.error.issues)));
  return ok(parseDuration(parsed.data.ttl ?? "") ?? defaultTicketTtl);
}
