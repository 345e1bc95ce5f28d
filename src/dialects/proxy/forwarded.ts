import { headerList } from "../../base/headers/header-list.ts";
import type { AskedFor } from "../../core/fingerprint.ts";
import type { Received } from "../../runner/large.ts";

/** Forwarded is what a request through the proxy asks of its upstream, without its headers. */
export interface Forwarded {
  readonly upstream: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly bodyBase64?: string;
  /** What is known of a body in the bucket. */
  readonly largeBody?: Received;
}

/**
 * askedOf returns what makes requests through the proxy equal: upstream, method, path, query, body and content type. No
 * other header counts, since clients and intermediaries change them between tries: request IDs, traces, user agents,
 * addresses.
 *
 * @param headers of the request, as received
 */
export function askedOf(request: Forwarded, headers: Headers): AskedFor {
  const contentType = headers.get("content-type");
  return {
    former: { ...request, headers: countedOnce(headers) },
    meaning: { proxy: { ...request, contentType } },
  };
}

/** Headers that commit afff165 did not count. This list never changes: what is stored depends on it. */
const notCounted = new Set([
  "accept-encoding",
  "authorization",
  "connection",
  "content-length",
  "cookie",
  "expect",
  "host",
  "idempotency-key",
  "keep-alive",
  "operation-id",
  "prefer",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The headers that commit afff165 counted as part of the request: everything that it forwarded. */
function countedOnce(headers: Headers): Record<string, string> {
  const named = headerList(headers.get("connection")?.toLowerCase() ?? null);
  const counted = [...headers].filter(
    ([name]) => !notCounted.has(name) && !name.startsWith("cf-") && !named.includes(name),
  );
  return Object.fromEntries(counted);
}
