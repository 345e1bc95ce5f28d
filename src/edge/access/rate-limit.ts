import { reasonOf } from "../../base/log.ts";
import { type Failure, failure } from "../../core/errors.ts";
import type { Caller, Exchange } from "../exchange.ts";

/**
 * limitCaller refuses a request whose token has sent more than RATE_LIMIT allows, however it was sent. The key is a
 * digest of the token, or what a ticket stands for, so that no secret gets into the counters; for a caller whom the
 * Worker's own code let in, it is the tenant.
 */
export function limitCaller(
  exchange: Exchange,
  { tenant, digest, operation }: Caller,
): Promise<Failure | undefined> | undefined {
  if (!exchange.env.RATE_LIMIT) return undefined;
  const bearer = operation === undefined ? `tenant:${tenant}` : `ticket:${tenant}/${operation}`;
  return limit(exchange, digest === undefined ? bearer : `token:${digest}`);
}

/**
 * limitRefused refuses an address that has sent more unknown tokens than RATE_LIMIT allows. Only Cloudflare says which
 * address that is; elsewhere a client could claim any.
 */
export async function limitRefused(exchange: Exchange): Promise<Failure | undefined> {
  const { request } = exchange;
  const address = request.cf ? request.headers.get("cf-connecting-ip") : null;
  return address === null ? undefined : limit(exchange, `refused:${networkOf(address)}`);
}

/** The address of one client: of IPv6 the first 64 bits, since whoever has one address has them all. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [before = "", after] = address.toLowerCase().split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const gap = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const groups = [...head, ...gap, ...tail].slice(0, 4);
  return groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}

async function limit({ env, log }: Exchange, key: string): Promise<Failure | undefined> {
  if (!env.RATE_LIMIT) return undefined;
  try {
    const outcome = await env.RATE_LIMIT.limit({ key });
    if (outcome.success !== false) return undefined;
    return failure("rate-limited", "Too many requests; retry later");
  } catch (thrown) {
    // A limiter that is down must not take the service down.
    log.warning("rate limiter failed", { reason: reasonOf(thrown) });
    return undefined;
  }
}
