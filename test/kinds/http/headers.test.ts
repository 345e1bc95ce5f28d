import { describe, expect, it } from "vitest";
import { responseHeaders } from "../../../src/kinds/http/headers.ts";
import { requestHeaders } from "../../../src/kinds/http/request-headers.ts";

const perConnection = [
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Connection",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
];

describe("requestHeaders", () => {
  it.each([
    ...perConnection,
    "Accept-Encoding",
    "Authorization",
    "CDN-Loop",
    "CF-Connecting-IP",
    "cf-ray",
    "Client-IP",
    "Content-Length",
    "Cookie",
    "Expect",
    "Fastly-Client-IP",
    "Forwarded",
    "Host",
    "Idempotency-Key",
    "Operation-Attempt",
    "Operation-Id",
    "Prefer",
    "Private-Token",
    "Proxy",
    "Remote-User",
    "Ssl-Client-Verify",
    "True-Client-IP",
    "Via",
    "X-Api-Key",
    "X_Forwarded_For",
    "X-Auth-Token",
    "X-Client-IP",
    "X-Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Prefix",
    "X-HTTP-Method",
    "X-HTTP-Method-Override",
    "X-Method-Override",
    "X-Original-URL",
    "X-Original-Host",
    "X-ProxyUser-Ip",
    "X-Real-IP",
    "X-Remote-User",
    "X-Rewrite-URL",
    "X-SSL-Client-Cert",
    "CloudFront-Viewer-Address",
    "Front-End-Https",
    "Forwarded-For",
    "OIDC_CLAIM_sub",
    "Remote-Groups",
    "Tailscale-User-Login",
    "X-Accel-Mapping",
    "X-Amzn-Oidc-Identity",
    "X-Amzn-Oidc-Data",
    "X-Consumer-Username",
    "X-Credential-Identifier",
    "X-Endpoint-API-UserInfo",
    "X-HTTP-Host-Override",
    "X-Matched-Path",
    "X-MS-CLIENT-PRINCIPAL",
    "X-Pomerium-Claim-Email",
    "X-Sendfile-Type",
    "X-Scheme",
    "X-Vouch-User",
  ])("%s is not for the upstream, in either case", (name) => {
    const headers: [string, string][] = [
      [name, "x-y"],
      [name.toLowerCase(), "x-y"],
      [name.toUpperCase(), "x-y"],
    ];
    expect(requestHeaders(headers)).toEqual([]);
  });

  it.each([
    "Accept",
    "Content-Type",
    "Content-Encoding",
    "Cfx",
    "If-None-Match",
    "Range",
    "Traceparent",
    "User-Agent",
    "Apollographql-Client-Name",
    "X-Amz-Date",
    "X-Cloud-Trace-Context",
    "X-Hub-Signature",
    "X-Method-Name",
    "X-User-Id",
    "X-Page-Token",
    "X-Request-Id",
    "X-Shipping-Address",
    "X-Tenant",
  ])("%s is for the upstream, in lower case and with its value as it was", (name) => {
    expect(requestHeaders([[name, " A, b "]])).toEqual([[name.toLowerCase(), " A, b "]]);
  });

  it("what Connection names ends at this hop, in whatever case and wherever it stands", () => {
    const headers: [string, string][] = [
      ["X-Hop", "1"],
      ["connection", "keep-alive ,X-HOP"],
      ["Connection", "x-other"],
      ["X-Other", "2"],
      ["X-End", "3"],
    ];
    expect(requestHeaders(headers)).toEqual([["x-end", "3"]]);
  });

  it("keeps the order, and a header that comes twice", () => {
    const headers: [string, string][] = [
      ["b", "1"],
      ["a", "2"],
      ["b", "3"],
    ];
    expect(requestHeaders(headers)).toEqual(headers);
  });
});

describe("responseHeaders", () => {
  it.each([
    ...perConnection,
    "Access-Control-Allow-Origin",
    "Age",
    "Alt-Svc",
    "Attribution-Reporting-Register-Source",
    "Authentication-Info",
    "Cache-Control",
    "CDN-Cache-Control",
    "CF-Ray",
    "Clear-Site-Data",
    "Content-Encoding",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "Cross-Origin-Opener-Policy",
    "Expires",
    "Link",
    "NEL",
    "Operation-Id",
    "Permissions-Policy",
    "Pragma",
    "Preference-Applied",
    "Refresh",
    "Report-To",
    "Reporting-Endpoints",
    "Server",
    "Service-Worker-Allowed",
    "Set-Cookie",
    "Set-Cookie2",
    "SourceMap",
    "Speculation-Rules",
    "Strict-Transport-Security",
    "Surrogate-Control",
    "Upstream-Status",
    "Vary",
    "Via",
    "WWW-Authenticate",
    "X-Accel-Redirect",
    "X-Auth-Token",
    "X-Frame-Options",
    "X-Request-Id",
    "X-Robots-Tag",
    "X-Sendfile",
    "X-Should-Retry",
    "X-SourceMap",
    "X-UA-Compatible",
  ])("%s is not for the client", (name) => {
    expect(responseHeaders([[name, "x-y"]])).toEqual([]);
  });

  it.each([
    "Allow",
    "Content-Disposition",
    "Content-Language",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Location",
    "Operation-Location",
    "RateLimit-Remaining",
    "Retry-After",
    "X-Next-Page",
    "X-Total-Count",
  ])("%s is for the client", (name) => {
    expect(responseHeaders([[name, "v"]])).toEqual([[name.toLowerCase(), "v"]]);
  });

  it("what Connection names ends at this hop, as the runtime's Headers give it", () => {
    const headers = new Headers({ connection: "X-Hop", "x-hop": "1", "x-end": "2" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    expect(responseHeaders(headers)).toEqual([["x-end", "2"]]);
  });
});
