import { headerList } from "../base/header-list.ts";

/** Headers that belong to one connection and are never passed on. Source: RFC 9110, 7.6.1. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** What a client says to this service and not to the upstream, and what fetch itself decides. */
const notForUpstream = new Set([
  ...hopByHop,
  "accept-encoding",
  "authorization",
  "content-length",
  "cookie",
  "expect",
  "host",
  "idempotency-key",
  "operation-id",
  "prefer",
]);

/** What an upstream says about its own connection, cookies, origin or encoding, none of which is ours. */
const notForClient = new Set([
  ...hopByHop,
  "alt-svc",
  "clear-site-data",
  "content-encoding",
  "content-length",
  "content-security-policy",
  "content-security-policy-report-only",
  "nel",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "set-cookie",
  "set-cookie2",
  "strict-transport-security",
]);

/** requestHeaders answers the headers of a client's request that an upstream may see. */
export function requestHeaders(headers: Iterable<readonly [string, string]>): [string, string][] {
  return pass(headers, (name) => notForUpstream.has(name) || name.startsWith("cf-"));
}

/** responseHeaders answers the headers of an upstream's response that a client may see. */
export function responseHeaders(headers: Iterable<readonly [string, string]>): [string, string][] {
  return pass(
    headers,
    (name) =>
      notForClient.has(name) || name.startsWith("cf-") || name.startsWith("access-control-"),
  );
}

function pass(
  headers: Iterable<readonly [string, string]>,
  isDropped: (name: string) => boolean,
): [string, string][] {
  const all = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const);
  // Connection names further headers that end at this hop.
  const named = all
    .filter(([name]) => name === "connection")
    .flatMap(([, value]) => headerList(value.toLowerCase()));
  return all
    .filter(([name]) => !isDropped(name) && !named.includes(name))
    .map(([name, value]) => [name, value]);
}
