import type { Logger } from "../base/log.ts";
import type { Config, Scope } from "../config/config.ts";
import type { Trace } from "../core/trace.ts";
import { TenantMap } from "../map/tenant-map.ts";
import type { Deployment } from "../runner/deployment.ts";
import type { Wire } from "./failures.ts";

/** Exchange is one request on its way through the Worker, and what is known of it so far. */
export interface Exchange {
  readonly request: Request;
  readonly url: URL;
  /** The code that serves it. */
  readonly deployment: Deployment;
  readonly env: Cloudflare.Env;
  readonly ctx: ExecutionContext;
  readonly config: Config;
  readonly requestId: string;
  /** Whether it was asked from inside of the Worker, and not by a request of a client. */
  readonly isInside: boolean;
  /** Milliseconds since 1970 at its arrival. */
  readonly started: number;
  /** The origin of every URL in the answer: PUBLIC_URL, else the request's own. */
  readonly origin: string;
  /** The URL that the API stands under, such as `https://example.com/api`. */
  readonly base: string;
  /** The URL that the pages of problems stand under. */
  readonly pages: string;
  /** Where each wire stands that the Worker speaks, as `path` has it. */
  readonly dialects: readonly { readonly place: string }[];
  /** The wire that is spoken at the path, where one is. */
  readonly dialect: Wire | undefined;
  /** The path as it would be if the API stood under `/api`, as the patterns of routes have it. */
  readonly path: string;
  /** The trace that it is part of. */
  readonly trace: Trace | undefined;
  /** Lines on it carry the request id, and that of the trace. */
  readonly log: Logger;
  /** The trace of the operation that it made, which may begin with that. */
  made: Trace | undefined;
  /** How many milliseconds of it were waited for because the client asked to wait. */
  waited: number;
  /** Whether RATE_LIMIT has refused its caller. */
  isLimited: boolean;
  /** The pattern of the route that took it; never the path itself. */
  route: string;
  /** Whether what is asked for reads a ticket in its query. */
  takesTicket: boolean;
  /** Who asks, once that is known. */
  caller: Caller | undefined;
  /** What was thrown, if the answer is a 500. */
  panic: unknown;
}

/** Caller is who a token belongs to, and what it allows. */
export interface Caller {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the token, in lower-case hex; a ticket has none. */
  readonly digest?: string;
  /** Set for the bearer of a ticket: the id of the one operation that it shows. */
  readonly operation?: string;
}

/** Asked is an exchange whose caller is known, and with that, whose map is meant. */
export type Asked = Exchange & { readonly caller: Caller; readonly map: TenantMap };

/** asked makes an exchange one of a caller. */
export function asked(exchange: Exchange, caller: Caller): Asked {
  return Object.assign(exchange, { caller, map: mapOf(exchange, caller.tenant) });
}

/** mapOf returns a tenant's map, as an exchange may ask it. */
export function mapOf(exchange: Exchange, tenant: string): TenantMap {
  const { deployment, env, config, origin, log, trace, ctx, isInside } = exchange;
  const keep = (promise: Promise<unknown>) => ctx.waitUntil(promise);
  const waited = (milliseconds: number) => {
    exchange.waited += milliseconds;
  };
  const traced = (made: Trace) => {
    exchange.made = made;
  };
  const joins = !isInside;
  const asking = { joins, keep, waited, traced };
  return new TenantMap({ deployment, env, config, tenant, origin, log, trace, ...asking });
}

/** Handler answers a request that has been authenticated and allowed. */
export type Handler = (exchange: Asked, params: Params) => Promise<Response>;

/** Params are the variable parts of a path, percent-decoded. */
export type Params = Readonly<Record<string, string>>;
