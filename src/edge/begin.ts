import { Logger } from "../base/log.ts";
import { type Config, parseConfig } from "../config/config.ts";
import { failure } from "../core/errors.ts";
import { traceIdOf, traceOf } from "../core/trace.ts";
import type { Deployment } from "../runner/deployment.ts";
import { type Dialect, dialectAt, fromRoot } from "./dialect.ts";
import type { Exchange } from "./exchange.ts";
import { problem } from "./problem.ts";

/** What is used in place of an invalid configuration: it lets nobody in. */
const closed: Config = (() => {
  const found = parseConfig({});
  if (found.ok) return found.value;
  throw new Error("Invalid defaults");
})();

/** Serving says which parts of a Worker are served. */
export interface Serving {
  readonly deployment: Deployment;
  readonly dialects: readonly Dialect[];
  /**
   * Whether the Worker does nothing else: then the pages of problems, the static files and the redirect to the first
   * page are at its root as well.
   */
  readonly isSite: boolean;
}

/** begin makes an exchange of a request. */
export function begin(
  { deployment, dialects, isSite }: Serving,
  request: Request,
  env: Cloudflare.Env,
  ctx: ExecutionContext,
  isInside = false,
): Exchange {
  const found = deployment.configOf(env);
  const config = found.ok ? found.value : closed;
  const url = urlOf(request);
  const origin = config.publicUrl ?? url?.origin ?? "";
  const base = `${origin}${deployment.basePath}`;
  const requestId = requestIdOf(request.headers);
  const trace = traceOf(request.headers);
  const path = url ? pathOf(url, { deployment, dialects }, config) : "";
  return {
    request,
    url: url ?? nowhere,
    deployment,
    env,
    ctx,
    config,
    requestId,
    isInside,
    started: Date.now(),
    origin,
    base,
    pages: isSite ? `${origin}/problems` : `${base}/problems`,
    path,
    dialects,
    dialect: dialectAt(dialects, path),
    trace,
    log: new Logger("http/worker", config.verbosity, {
      request: requestId,
      ...(trace && { trace: traceIdOf(trace) }),
    }),
    made: undefined,
    waited: 0,
    isLimited: false,
    route: "unmatched",
    takesTicket: false,
    caller: undefined,
    panic: undefined,
  };
}

/** The path of a URL as the patterns of routes have it: under the base path, or at the root for a dialect. */
function pathOf(url: URL, { deployment, dialects }: Omit<Serving, "isSite">, config: Config) {
  const own = deployment.pathOf(url);
  return dialectAt(dialects, own) ? own : fromRoot(dialects, config, url.pathname) || own;
}

/** serves returns whether a URL is under the base path, or one of a dialect's at the root. */
export function serves(
  { deployment, dialects }: Omit<Serving, "isSite">,
  url: string,
  env: Cloudflare.Env,
): boolean {
  const found = deployment.configOf(env);
  const config = found.ok ? found.value : closed;
  return pathOf(new URL(url), { deployment, dialects }, config) !== "";
}

/** The URL of a request without a usable one. */
const nowhere = new URL("http://invalid/");

/**
 * refuseBadUrl returns the response to a request whose Host is invalid, such as two hosts: it has no URL to find a
 * route for.
 */
export function refuseBadUrl(exchange: Exchange): Response | undefined {
  if (exchange.url !== nowhere) return undefined;
  const message = "Cannot read the URL: Host is not the name or address of one host";
  return problem(exchange, failure("malformed-request", message));
}

/** What a Host may be: a name or an address, with an optional port (RFC 9110, 7.2). */
const oneHost = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d*)?$/i;

/** The URL of a request; undefined if its Host is invalid or makes no URL. */
function urlOf(request: Request): URL | undefined {
  try {
    const url = new URL(request.url);
    return oneHost.test(request.headers.get("host") ?? url.host) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** refuseBadConfig responds with 503 while a value of the configuration is invalid, and names it. */
export function refuseBadConfig(exchange: Exchange): Response | undefined {
  const found = exchange.deployment.configOf(exchange.env);
  if (found.ok) return undefined;
  const names = [...new Set(found.failure.map(({ path }) => path))].join(", ");
  return problem(exchange, failure("unavailable", `The configuration is invalid: ${names}`));
}

/** A client's own request ID is kept if it is plain, so that its logs and ours can be joined. */
function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  if (given !== null && /^[\w.:-]{1,128}$/.test(given)) return given;
  return crypto.randomUUID();
}
