import { waitUntil } from "cloudflare:workers";
import { aborted } from "../base/aborted.ts";
import { stackOf } from "../base/log.ts";
import { scopes } from "../config/grants.ts";
import { plainName } from "../config/values.ts";
import { failure, quote } from "../core/errors.ts";
import type { TraceHeaders } from "../core/trace.ts";
import { begin, refuseBadConfig, type Serving } from "./begin.ts";
import { type Dialect, dialectAt } from "./dialect.ts";
import { type Asked, asked } from "./exchange.ts";
import { panicFilter } from "./panic-filter.ts";
import { problem } from "./problem.ts";
import { effective } from "./reading/methods.ts";
import { matchRoute } from "./routes.ts";

/** nowhere is the origin of URLs while it is not known under which URL the Worker is reached. */
const nowhere = "https://operations.invalid";

/**
 * serveInside returns a function that requests the Worker for a tenant from inside it: it can do whatever the API can,
 * with the same handlers, but with no network, token, rate limit or log line. Errors become responses too, as they do
 * outside.
 *
 * @param trace continues in what is requested
 * @throws TypeError for text that cannot be the name of a tenant
 */
export function serveInside(
  serving: Serving,
  env: Cloudflare.Env,
  tenant: string,
  trace: TraceHeaders = {},
): { readonly url: string; readonly fetch: (url: string, init: RequestInit) => Promise<Response> } {
  if (!plainName.test(tenant)) throw new TypeError(`Invalid tenant ${quote(tenant)}`);
  const { deployment } = serving;
  const found = deployment.configOf(env);
  const origin = (found.ok && found.value.publicUrl) || nowhere;
  return {
    url: `${origin}${deployment.basePath}`,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      for (const [name, value] of Object.entries(trace)) request.headers.set(name, value);
      const { signal } = request;
      const ctx = { waitUntil } as unknown as ExecutionContext;
      const exchange = begin(serving, request, env, ctx, true);
      const known = asked(exchange, { tenant, scopes });
      try {
        const answer = refuseBadConfig(exchange) ?? handle(known, serving.dialects);
        return await Promise.race([answer, aborted(signal)]);
      } catch (thrown) {
        signal.throwIfAborted();
        const response = panicFilter(thrown, exchange);
        const { log, panic, route } = exchange;
        if (panic !== undefined)
          log.error("call from inside the Worker failed", { route, stack: stackOf(panic) });
        return response;
      }
    },
  };
}

async function handle(exchange: Asked, dialects: readonly Dialect[]): Promise<Response> {
  const dialect = dialectAt(dialects, exchange.path);
  const match = dialect && matchRoute(dialect.routes, exchange.path);
  const action = match?.route.methods[effective(exchange.request)];
  if (!match || !action) return problem(exchange, failure("not-found", "Cannot find that path"));
  exchange.route = match.route.pattern;
  return action.handler(exchange, match.params);
}
