import { Router } from "itty-router";
import { failure } from "../core/errors.ts";
import type { Deployment } from "../object/deployment.ts";
import { begin, refuseBadConfig, refuseBadUrl } from "./begin.ts";
import { crossOrigin } from "./cross-origin.ts";
import { end } from "./end.ts";
import type { Exchange } from "./exchange.ts";
import { open } from "./methods.ts";
import { serveNative } from "./native.ts";
import { healthz, problemPage, staticFile, toFirstPage } from "./pages.ts";
import { panicFilter } from "./panic-filter.ts";
import { problem } from "./problem.ts";

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

/** serve answers a request to a Worker of this deployment. */
export async function serve(
  deployment: Deployment,
  request: Request,
  env: Cloudflare.Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const exchange = begin(request, deployment, env, ctx);
  const refused = refuseBadUrl(exchange);
  return refused ? end(refused, exchange) : router.fetch(request, exchange);
}

function notFound(exchange: Exchange): Response {
  return problem(exchange, failure("not-found", "Cannot find that path"));
}
