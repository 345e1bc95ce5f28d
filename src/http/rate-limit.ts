import { type Failure, failure } from "../core/errors.ts";
import type { Caller, Exchange } from "./exchange.ts";

/**
 * limitCaller refuses a request of a token that has sent more than RATE_LIMIT allows. The key is a
 * digest of the token, or what a ticket stands for, so that no secret gets into the counters.
 */
export async function limitCaller(
  exchange: Exchange,
  { tenant, operation }: Caller,
): Promise<Failure | undefined> {
  if (!exchange.env.RATE_LIMIT) return undefined;
  const header = operation === undefined ? exchange.request.headers.get("authorization") : null;
  const token = header?.trim().split(/\s+/).at(-1);
  const who = token === undefined ? `ticket:${tenant}/${operation}` : await digest(token);
  return limit(exchange, who);
}

/**
 * limitRefused refuses an address from which more unknown tokens came than RATE_LIMIT allows. Only
 * Cloudflare says which address that is; elsewhere anybody could name any.
 */
export async function limitRefused(exchange: Exchange): Promise<Failure | undefined> {
  const { request, env } = exchange;
  const address = request.cf ? request.headers.get("cf-connecting-ip") : null;
  if (!env.RATE_LIMIT || address === null) return undefined;
  return limit(exchange, `refused:${address}`);
}

async function limit({ env, log }: Exchange, key: string): Promise<Failure | undefined> {
  try {
    const outcome = await env.RATE_LIMIT?.limit({ key });
    if (outcome?.success !== false) return undefined;
    return failure("rate-limited", "Too many requests; come back later");
  } catch (thrown) {
    // A limiter that is down must not close the service.
    log.warning("rate limit not asked", { reason: String(thrown) });
    return undefined;
  }
}

async function digest(token: string): Promise<string> {
  const bytes = new TextEncoder().encode(token);
  return `token:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`;
}
