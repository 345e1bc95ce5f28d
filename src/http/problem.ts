import { errors, type Failure } from "../core/errors.ts";
import { encodeProblem } from "../protocols/problem.ts";
import type { Exchange } from "./exchange.ts";

/** retryLater is the Retry-After, in seconds, of an answer that asks a client to come back. */
const retryLater = "5";

/** problem answers a Failure, with the headers that its status calls for. */
export function problem(
  { origin, url }: Pick<Exchange, "origin" | "url">,
  failure: Failure,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly operation?: string } = {},
): Response {
  const { status } = errors[failure.code];
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...more.headers,
  });
  if (status === 401) {
    headers.append("www-authenticate", 'Bearer realm="operations"');
    headers.append("www-authenticate", 'Basic realm="operations", charset="UTF-8"');
  }
  if (status === 429 || status === 503) headers.set("retry-after", retryLater);
  // Trying again cannot help; some clients retry every 409 unless they are told.
  if (status === 409) headers.set("x-should-retry", "false");
  const body = encodeProblem(failure, origin, url.pathname, more.operation);
  return new Response(body, { status, headers });
}
