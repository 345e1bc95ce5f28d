import { failed, ok, type Result } from "../../base/result.ts";
import type { Config } from "../../config/config.ts";
import { type Failure, failure } from "../../core/errors.ts";
import { parseId } from "../../core/id.ts";
import { maxTicketLife } from "../../core/limits.ts";
import type { Pass, Tickets } from "../../runner/tickets.ts";
import type { Caller } from "../exchange.ts";
import { openJws, signJws } from "./jws.ts";

const issuer = "edge-operations";
const audience = "edge-operations/operation";

/** The secret may sign other things elsewhere; only a JWT of this type is a ticket. */
const type = "ticket+jwt";

/** tolerance is how far the clocks of two machines may differ, in seconds. */
const tolerance = 5;

/** longest is more characters than any ticket has; longer text is not checked. */
const longest = 1_024;

/** signTicket returns a ticket: a JWT (RFC 7519) signed with the first secret, which must exist. */
export function signTicket({ ticketSecrets }: Config, pass: Pass): Promise<string> {
  const claims = {
    tenant: pass.tenant,
    iss: issuer,
    aud: audience,
    sub: pass.operation,
    iat: inSeconds(),
    exp: pass.expires,
  };
  return signJws(type, claims, ticketSecrets[0] ?? "");
}

/**
 * openTicket returns the caller that a ticket identifies: one who may read one operation. A ticket signed with any of
 * the secrets is valid until it expires; all others get the same error.
 */
export async function openTicket(
  ticket: string,
  { ticketSecrets }: Config,
): Promise<Result<Caller, Failure>> {
  const unknown = failed(failure("unauthenticated", "The token is not known"));
  const isLong = ticket.length > longest;
  const claims = isLong ? undefined : await openJws(type, ticket, ticketSecrets);
  if (claims?.iss !== issuer || claims.aud !== audience) return unknown;
  const { tenant, sub, iat, exp, nbf = 0 } = claims;
  if (typeof tenant !== "string" || typeof sub !== "string" || !parseId(sub)) return unknown;
  if (typeof iat !== "number" || typeof exp !== "number" || typeof nbf !== "number") return unknown;
  const now = inSeconds();
  if (iat > now + tolerance || nbf > now + tolerance) return unknown;
  // The signature is checked first, so only the holder of a genuine ticket learns that it has expired.
  if (exp <= now - tolerance || iat + maxTicketLife / 1_000 < now - tolerance) {
    return failed(failure("unauthenticated", "The ticket has expired"));
  }
  return ok({ tenant, scopes: ["read"], operation: sub });
}

function inSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** tickets are JWTs by `TICKET_SECRET`: `edge-operations/tickets`. */
export const tickets: Tickets = { sign: signTicket, open: openTicket };
