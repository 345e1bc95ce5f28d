import { headerList } from "../../base/headers/header-list.ts";
import { isCredential } from "./credentials.ts";

/** Standard headers that describe a representation or a next step, and that no cache or browser acts upon. */
const forClient = new Set([
  "accept-patch",
  "accept-post",
  "allow",
  "content-digest",
  "content-disposition",
  "content-language",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "dav",
  "deprecation",
  "digest",
  "etag",
  "last-modified",
  "location",
  "lock-token",
  "operation-location",
  "ratelimit",
  "ratelimit-limit",
  "ratelimit-policy",
  "ratelimit-remaining",
  "ratelimit-reset",
  "repr-digest",
  "request-id",
  "retry-after",
  "sunset",
]);

/** Headers with x- that a browser, a crawler or a reverse proxy acts upon, or that this service sends itself. */
const actedUpon = new RegExp(
  [
    "^x-(accel|sendfile|lighttpd-send|litespeed|envoy|proxy|forwarded|original|rewrite|middleware)",
    "^x-(frame-options|content-type-options|xss-protection|robots-tag|dns-prefetch-control)$",
    "^x-(permitted-cross-domain-policies|download-options|ua-compatible|sourcemap|pingback)$",
    "^x-(content-security-policy|webkit-csp|content-duration|cache-control|http-method)",
    "^x-(request-id|should-retry|position)$",
  ].join("|"),
);

/**
 * responseHeaders returns the headers of an upstream's response that a client may see: those that describe the content,
 * and custom headers, which begin with `x-`. All others concern the upstream's connection, cookies, caching,
 * authentication or origin.
 */
export function responseHeaders(headers: Iterable<readonly [string, string]>): [string, string][] {
  return passed(
    headers,
    (name) =>
      forClient.has(name) ||
      (name.startsWith("x-") && !actedUpon.test(name) && !isCredential(name)),
  );
}

/** passed returns the headers that are passed on, selected by name, without those that `Connection` names. */
export function passed(
  headers: Iterable<readonly [string, string]>,
  isPassed: (name: string) => boolean,
): [string, string][] {
  const all = [...headers].map(([name, value]) => [name.toLowerCase(), value] as const);
  // Connection names further headers of this hop.
  const named = all
    .filter(([name]) => name === "connection")
    .flatMap(([, value]) => headerList(value.toLowerCase()));
  return all
    .filter(([name]) => isPassed(name) && !named.includes(name))
    .map(([name, value]) => [name, value]);
}
