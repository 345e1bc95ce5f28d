import { errors, type Failure } from "../core/errors.ts";
import { encodeFailure, isKubernetes } from "../protocols/kubernetes/status.ts";
import { encodeProblem } from "../protocols/problem.ts";
import type { Exchange } from "./exchange.ts";

/** retryLater is the Retry-After, in seconds, of an answer that asks a client to come back. */
const retryLater = "5";

/**
 * problem answers a Failure, with the headers that its status calls for. On the wire of 2014 it is a
 * Status, and Basic is asked for first, which is all that those clients know.
 */
export function problem(
  { pages, path, url }: Pick<Exchange, "pages" | "path" | "url">,
  failure: Failure,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly operation?: string } = {},
): Response {
  const { status } = errors[failure.code];
  const isStatus = isKubernetes(path);
  const headers = new Headers({
    "content-type": isStatus ? "application/json" : "application/problem+json",
    "cache-control": "no-store",
    ...more.headers,
  });
  if (status === 401) {
    const challenges = ['Bearer realm="operations"', 'Basic realm="operations", charset="UTF-8"'];
    if (isStatus) challenges.reverse();
    for (const challenge of challenges) headers.append("www-authenticate", challenge);
  }
  if (status === 429 || status === 503) headers.set("retry-after", retryLater);
  // Trying again cannot help; some clients retry every 409 unless they are told.
  if (status === 409) headers.set("x-should-retry", "false");
  const body = isStatus
    ? encodeFailure(failure)
    : encodeProblem(failure, pages, url.pathname, more.operation);
  return new Response(body, { status, headers });
}
