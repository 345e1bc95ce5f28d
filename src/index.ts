import { Router } from "itty-router";
import { failure } from "./core/errors.ts";
import { json } from "./http/answers.ts";
import { close } from "./http/close.ts";
import { crossOrigin } from "./http/cross-origin.ts";
import type { Exchange } from "./http/exchange.ts";
import { serveNative } from "./http/native.ts";
import { open, refuseBadConfig } from "./http/open.ts";
import { panicFilter } from "./http/panic-filter.ts";
import { problem } from "./http/problem.ts";
import { problemPage } from "./http/problem-page.ts";

export { OperationsObject } from "./object/operations-object.ts";
export { Runner } from "./object/runner.ts";

/** at marks which route took a request, for the log and the counters. */
function at(pattern: string, handler: (exchange: Exchange) => Response | Promise<Response>) {
  return (_: Request, exchange: Exchange) => {
    exchange.route = pattern;
    return handler(exchange);
  };
}

const router = Router<Request, [Exchange], Response>({
  before: [(_, exchange) => crossOrigin(exchange)?.preflight],
  catch: (thrown: unknown, _, exchange) => panicFilter(thrown, exchange),
  finally: [
    (response: Response | undefined, _, exchange) =>
      close(response ?? notFound(exchange), exchange),
  ],
})
  .get(
    "/",
    at("/", ({ url }) => Response.redirect(new URL("/static/", url).href, 302)),
  )
  .get(
    "/api/healthz",
    at("/api/healthz", () => json('{"status":"ok"}')),
  )
  .all("/api/*", (_, exchange) => refuseBadConfig(exchange))
  .all("/api/*", (_, exchange) => serveNative(exchange))
  // Where assets are configured to answer first, these never get here.
  .all(
    "/static/*",
    at("/static/*", ({ env, request }) => env.ASSETS.fetch(request)),
  )
  .get(
    "/problems/*",
    at("/problems/{code}", (exchange) => problemPage(exchange) ?? notFound(exchange)),
  );

function notFound(exchange: Exchange): Response {
  return problem(exchange, failure("not-found", "Cannot find that path"));
}

export default {
  fetch: (request, env, ctx) => router.fetch(request, open(request, env, ctx)),
} satisfies ExportedHandler<Cloudflare.Env>;
