import { Router } from "itty-router";
import { failure } from "./core/errors.ts";
import { begin, refuseBadConfig, refuseBadUrl } from "./http/begin.ts";
import { crossOrigin } from "./http/cross-origin.ts";
import { end } from "./http/end.ts";
import type { Exchange } from "./http/exchange.ts";
import { open } from "./http/methods.ts";
import { serveNative } from "./http/native.ts";
import { healthz, problemPage, staticFile, toFirstPage } from "./http/pages.ts";
import { panicFilter } from "./http/panic-filter.ts";
import { problem } from "./http/problem.ts";

export { Runner } from "./object/attempts/runner.ts";
export { OperationsObject } from "./object/operations-object.ts";

const router = Router<Request, [Exchange], Response>({
  before: [(_, exchange) => crossOrigin(exchange)?.preflight],
  catch: (thrown: unknown, _, exchange) => panicFilter(thrown, exchange),
  finally: [
    (response: Response | undefined, _, exchange) => end(response ?? notFound(exchange), exchange),
  ],
})
  .all("/", open("/", toFirstPage))
  .all("/api/healthz", open("/api/healthz", healthz))
  .all("/problems/*", open("/problems/{code}", problemPage))
  .all("/api/*", (_, exchange) => refuseBadConfig(exchange))
  .all("/api/*", (_, exchange) => serveNative(exchange))
  // Where assets are configured to answer first, these never get here.
  .all("/static/*", (_, exchange) => staticFile(exchange));

function notFound(exchange: Exchange): Response {
  return problem(exchange, failure("not-found", "Cannot find that path"));
}

export default {
  fetch: (request, env, ctx) => {
    const exchange = begin(request, env, ctx);
    const refused = refuseBadUrl(exchange);
    return refused ? end(refused, exchange) : router.fetch(request, exchange);
  },
} satisfies ExportedHandler<Cloudflare.Env>;
