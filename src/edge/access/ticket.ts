import { JOSEError, JWTExpired } from "jose/errors";
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import type { Config } from "../../config/config.ts";
import { type Failure, failure } from "../../core/errors.ts";
import { parseId } from "../../core/id.ts";
import { maxTicketLife } from "../../core/limits.ts";
import type { Caller } from "../exchange.ts";

const algorithm = "HS256";
const issuer = "edge-operations";
const audience = "edge-operations/operation";

/** The secret may sign other things elsewhere; only what says that it is a ticket is one. */
const type = "ticket+jwt";

/** tolerance is how far the clocks of two machines may be apart, in seconds. */
const tolerance = 5;

/** longest is more characters than any ticket of ours has; nothing longer is looked at. */
const longest = 1_024;

/** Pass is what a ticket opens: one operation of one tenant, until a time in whole seconds. */
export interface Pass {
  readonly tenant: string;
  readonly operation: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** signTicket writes a ticket: a JWT (RFC 7519) signed with the first secret, of which there is one. */
export function signTicket({ ticketSecrets }: Config, pass: Pass): Promise<string> {
  return new SignJWT({ tenant: pass.tenant })
    .setProtectedHeader({ alg: algorithm, typ: type })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(pass.operation)
    .setIssuedAt()
    .setExpirationTime(pass.expires)
    .sign(keyOf(ticketSecrets[0] ?? ""));
}

/**
 * openTicket returns the caller that a ticket makes of its bearer: one who may read one operation.
 * A ticket that any of the secrets signed is good until it expires; of all others it says the same.
 */
export async function openTicket(
  ticket: string,
  { ticketSecrets }: Config,
): Promise<Caller | Failure> {
  const unknown = failure("unauthenticated", "The token is not known");
  if (ticket.length > longest) return unknown;
  for (const secret of ticketSecrets) {
    try {
      const { payload } = await jwtVerify(ticket, keyOf(secret), {
        algorithms: [algorithm],
        typ: type,
        issuer,
        audience,
        requiredClaims: ["exp", "sub"],
        maxTokenAge: maxTicketLife / 1_000,
        clockTolerance: tolerance,
      });
      const { tenant, sub = "" } = payload;
      if (typeof tenant !== "string" || !parseId(sub)) return unknown;
      return { tenant, scopes: ["read"], operation: sub };
    } catch (thrown) {
      // The signature is checked first, so only who holds a ticket of ours learns that it is old.
      if (thrown instanceof JWTExpired) {
        return failure("unauthenticated", "The ticket has expired");
      }
      if (!(thrown instanceof JOSEError)) throw thrown;
    }
  }
  return unknown;
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
