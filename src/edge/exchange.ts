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
  /** Whether it comes from inside the Worker, and not from a client's request. */
  readonly isInside: boolean;
  /** When it arrived, in milliseconds since 1970. */
  readonly started: number;
  /** The origin of every URL in the response: PUBLIC_URL, or else the request's own. */
  readonly origin: string;
  /** The URL of the API, such as `https://example.com/api`. */
  readonly base: string;
  /** The URL below which the pages of problems are. */
  readonly pages: string;
  /** The paths of the Worker's wires, in the form of `path`. */
  readonly dialects: readonly { readonly place: string }[];
  /** The wire of the path, if there is one. */
  readonly dialect: Wire | undefined;
  /** The path as it would be if the API were under `/api`, as the patterns of routes have it. */
  readonly path: string;
  /** The trace that it is part of. */
  readonly trace: Trace | undefined;
  /** Its lines have the ID of the request and of the trace. */
  readonly log: Logger;
  /** The trace of the operation that it created, which may begin there. */
  made: Trace | undefined;
  /** For how many milliseconds of it the client asked to wait. */
  waited: number;
  /** Whether RATE_LIMIT has refused its caller. */
  isLimited: boolean;
  /** The pattern of the matched route; never the path itself. */
  route: string;
  /** Whether the requested action reads a ticket in its query. */
  takesTicket: boolean;
  /** The caller, once that is known. */
  caller: Caller | undefined;
  /** What was thrown, if the response is a 500. */
  panic: unknown;
}

/** Caller is the owner of a token, and what it allows. */
export interface Caller {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the token, in lower-case hex; a ticket has none. */
  readonly digest?: string;
  /** Set for the bearer of a ticket: the ID of the only operation that it may read. */
  readonly operation?: string;
}

/** Asked is an exchange whose caller is known, and therefore the tenant's map. */
export type Asked = Exchange & { readonly caller: Caller; readonly map: TenantMap };

/** asked adds the caller to an exchange. */
export function asked(exchange: Exchange, caller: Caller): Asked {
  return Object.assign(exchange, { caller, map: mapOf(exchange, caller.tenant) });
}

/** mapOf returns a tenant's map for an exchange. */
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

/** Handler responds to a request that has been authenticated and authorized. */
export type Handler = (exchange: Asked, params: Params) => Promise<Response>;

/** Params are the variable parts of a path, percent-decoded. */
export type Params = Readonly<Record<string, string>>;
