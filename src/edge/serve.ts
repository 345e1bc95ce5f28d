import { failure } from "../core/errors.ts";
import { crossOrigin } from "./access/cross-origin.ts";
import { begin, refuseBadConfig, refuseBadUrl, type Serving } from "./begin.ts";
import type { Dialect } from "./dialect.ts";
import { dispatch } from "./dispatch.ts";
import { end } from "./end.ts";
import type { Exchange } from "./exchange.ts";
import { apiCatalog, healthz, problemPage, staticFile, toFirstPage } from "./pages.ts";
import { panicFilter } from "./panic-filter.ts";
import { problem } from "./problem.ts";
import { open } from "./reading/methods.ts";

/** serve responds to a request. It does not throw. */
export async function serve(
  serving: Serving,
  request: Request,
  env: Cloudflare.Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const exchange = begin(serving, request, env, ctx);
  const refused = refuseBadUrl(exchange);
  if (refused) return end(refused, exchange);
  let response: Response;
  try {
    response = await respond(exchange, serving);
  } catch (thrown) {
    response = panicFilter(thrown, exchange);
  }
  return end(response, exchange);
}

function respond(exchange: Exchange, { isSite, dialects }: Serving): Response | Promise<Response> {
  return (
    crossOrigin(exchange)?.preflight ??
    (isSite ? serveSite(exchange) : undefined) ??
    serveApi(exchange, dialects) ??
    notFound(exchange)
  );
}

const root = open("/", toFirstPage);
const problems = open("/problems/{code}", problemPage);
const catalog = open("/.well-known/api-catalog", apiCatalog);
const health = open("/api/healthz", healthz);

/** What a Worker that does nothing else has at its root. */
function serveSite(exchange: Exchange): Promise<Response> | undefined {
  const { pathname } = exchange.url;
  if (/^\/+$/.test(pathname)) return root(exchange);
  if (isBelow(pathname, "/problems")) return problems(exchange);
  if (pathname === "/.well-known/api-catalog") return catalog(exchange);
  // If assets are configured to be served first, these requests never get here.
  if (isBelow(pathname, "/static")) return staticFile(exchange);
  return undefined;
}

/** What is under the base path. */
function serveApi(
  exchange: Exchange,
  dialects: readonly Dialect[],
): Response | Promise<Response> | undefined {
  const { path } = exchange;
  if (/^\/api\/healthz\/*$/.test(path)) return health(exchange);
  if (isBelow(path, "/api/problems")) return problems(exchange);
  if (!isBelow(path, "/api")) return undefined;
  return refuseBadConfig(exchange) ?? dispatch(exchange, dialects);
}

function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function notFound(exchange: Exchange): Response {
  return problem(exchange, failure("not-found", "Cannot find that path"));
}
