import { failed, ok, type Result } from "../../base/result.ts";
import { type Config, type Scope, scopes } from "../../config/config.ts";
import { defaultTenant, type Grant } from "../../config/grants.ts";
import { plainName } from "../../config/values.ts";
import { type Failure, failure, quote } from "../../core/errors.ts";
import type { Authenticate } from "../../runner/deployment.ts";
import type { Caller, Exchange } from "../exchange.ts";
import { ticketBeside } from "./ticket-bounds.ts";

/** howTo says how to open a deployment that lets nobody in. */
const howTo =
  "No token is configured; set one with `wrangler secret put TOKEN`, or TOKEN in the environment";

/** ticketWanted is the error for those who expect `?ticket=` to work everywhere. */
const ticketWanted =
  "A ticket in the URL is accepted only by /events and /watch of its operation; send it as Authorization: Bearer …";

const unknownToken = failure("unauthenticated", "The token is not known");

/**
 * authenticate returns the caller, or the response if there is none. The Worker's own `authenticate` decides if there
 * is one, and otherwise the token. The bearer of a ticket is a caller in either case.
 *
 * @throws TypeError if the Worker's own code returns something that cannot be a caller
 */
export function authenticate(exchange: Asking): Found | Promise<Found> {
  const own = exchange.deployment.authenticate;
  return own ? authenticateBy(own, exchange) : authenticateByToken(exchange);
}

type Found = Result<Caller, Failure | Response>;

type Asking = Pick<
  Exchange,
  "request" | "config" | "dialect" | "takesTicket" | "url" | "deployment" | "env"
>;

/** The tokens of the configuration are not consulted: the Worker's own code decides who may call. */
async function authenticateBy(own: Authenticate, exchange: Asking): Promise<Found> {
  const { request, env } = exchange;
  const header = request.headers.get("authorization");
  const ticket = /^bearer /i.test(header ?? "") ? tokenOf(header) : ticketBeside(exchange);
  const opened = ticket === undefined ? undefined : await open(ticket, exchange);
  if (opened?.ok) return opened;
  const found = await own(request, env);
  if (found === undefined)
    return failed(failure("unauthenticated", "The caller is not authenticated"));
  return found instanceof Response ? failed(found) : ok(checked(found));
}

function checked({ tenant, scopes: granted }: Grant): Caller {
  if (typeof tenant !== "string" || !plainName.test(tenant)) {
    throw new TypeError(`authenticate returned an invalid tenant: ${quote(tenant)}`);
  }
  const isFine = Array.isArray(granted) && granted.every((scope) => scopes.includes(scope));
  if (!isFine) throw new TypeError(`authenticate returned invalid scopes for ${tenant}`);
  return { tenant, scopes: granted };
}

/**
 * authenticateByToken returns the caller: by `Authorization: Bearer`, or by Basic with the token as the password, for
 * clients that support nothing else (RFC 6750, RFC 7617). Tokens are compared as SHA-256 digests, in constant time,
 * with every configured one. The bearer of a ticket is a caller too, who may read one operation; a ticket may also come
 * where a browser cannot set that header.
 */
function authenticateByToken(exchange: Asking): Found | Promise<Found> {
  const { request, config } = exchange;
  if (config.token === undefined && Object.keys(config.tokens).length === 0) {
    return failed(failure("unavailable", howTo));
  }
  const header = request.headers.get("authorization");
  const token = tokenOf(header, exchange.dialect?.scheme);
  if (token !== undefined) {
    const known = good.get(config)?.get(token);
    if (known) return ok(known);
    return bearerOf(token, /^bearer /i.test(header ?? ""), exchange);
  }
  const ticket = header === null ? ticketBeside(exchange) : undefined;
  if (ticket !== undefined) return open(ticket, exchange);
  if (exchange.url.searchParams.has("ticket"))
    return failed(failure("unauthenticated", ticketWanted));
  return failed(failure("unauthenticated", "A token is required: Authorization: Bearer …"));
}

/** Returns the caller whose token has not been found valid before, or the bearer of a ticket. */
async function bearerOf(token: string, isBearer: boolean, exchange: Asking): Promise<Found> {
  const { config } = exchange;
  const caller = await foundBy(token, config);
  if (!caller) return isBearer ? open(token, exchange) : failed(unknownToken);
  const callers = good.get(config) ?? new Map<string, Caller>();
  good.set(config, callers.set(token, caller));
  return ok(caller);
}

/** Returns the bearer of a ticket, if the Worker has tickets. */
async function open(
  ticket: string,
  { deployment, config }: Asking,
): Promise<Result<Caller, Failure>> {
  if (deployment.tickets) return deployment.tickets.open(ticket, config);
  return failed(unknownToken);
}

/** allows returns whether a caller has a scope. */
export function allows(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes(scope) || caller.scopes.includes("admin");
}

/** @param own the dialect's own scheme that stands for Bearer */
function tokenOf(header: string | null, own?: string): string | undefined {
  const match = /^(\w+) +([^\s]+) *$/.exec(header ?? "");
  const credentials = match?.[2];
  const scheme = match?.[1]?.toLowerCase();
  if (credentials === undefined) return undefined;
  if (scheme === "bearer" || scheme === own) return credentials;
  if (scheme !== "basic") return undefined;
  try {
    const pair = new TextDecoder().decode(Uint8Array.fromBase64(credentials));
    const colon = pair.indexOf(":");
    return colon < 0 || colon === pair.length - 1 ? undefined : pair.slice(colon + 1);
  } catch {
    return undefined;
  }
}

/**
 * Tokens that have been found valid, and their callers: a digest for each request costs a tenth of a read. There are no
 * more of them than the configuration has, and no unknown token is added; a look-up compares texts only if their
 * hashes, which are seeded, are equal.
 */
const good = new WeakMap<Config, Map<string, Caller>>();

async function foundBy(token: string, config: Config): Promise<Caller | undefined> {
  const presented = await digest(token);
  let found: Caller | undefined;
  for (const [hash, caller] of await callersOf(config)) {
    if (crypto.subtle.timingSafeEqual(presented, hash)) found ??= caller;
  }
  return found;
}

const digests = new WeakMap<Config, readonly [Uint8Array, Caller][]>();

/** Everybody whom the configuration lets in, by the digest of the token. */
async function callersOf(config: Config): Promise<readonly [Uint8Array, Caller][]> {
  const known = digests.get(config);
  if (known) return known;
  const callers = Object.entries(config.tokens).map(([hash, grant]): [Uint8Array, Caller] => [
    Uint8Array.fromHex(hash),
    { ...grant, digest: hash },
  ]);
  if (config.token !== undefined) {
    const hash = await digest(config.token);
    callers.push([hash, { tenant: defaultTenant, scopes, digest: hash.toHex() }]);
  }
  digests.set(config, callers);
  return callers;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
