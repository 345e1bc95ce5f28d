import { type Failure, failure, quote } from "../../core/errors.ts";
import type { Exchange } from "../exchange.ts";

/**
 * refuseForeignPage returns why a request made by a page of another origin may not do what it asks for. Only configured
 * origins and the Worker's own are allowed; clients other than browsers send neither header. It is for requests that
 * change something, with whatever credentials: a browser adds Basic credentials automatically, and sends simple
 * requests without a preflight. Source: the Fetch standard, "Origin header"; Fetch Metadata, "Sec-Fetch-Site".
 */
export function refuseForeignPage({
  request,
  url,
  origin,
  config,
}: Pick<Exchange, "request" | "url" | "origin" | "config">): Failure | undefined {
  const page = request.headers.get("origin");
  if (page !== null && config.allowedOrigins.includes(page)) return undefined;
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) {
    // The browser knows its own origin even if a proxy in front hides it from this Worker.
    if (site === "same-origin" || site === "none") return undefined;
    return failure(
      "forbidden",
      `A page of another origin (${quote(site)}) must not make this request`,
    );
  }
  const isOwn = page === null || page === url.origin || page === origin;
  return isOwn
    ? undefined
    : failure("forbidden", `The origin ${quote(page)} must not make this request`);
}
