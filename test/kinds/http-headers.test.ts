import { describe, expect, it } from "vitest";
import { requestHeaders, responseHeaders } from "../../src/kinds/http-headers.ts";

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
    "CF-Connecting-IP",
    "cf-ray",
    "Content-Length",
    "Cookie",
    "Expect",
    "Host",
    "Idempotency-Key",
    "Operation-Id",
    "Prefer",
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
    "User-Agent",
    "X-Api-Key",
    "X-Request-Id",
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
    "Alt-Svc",
    "CF-Ray",
    "Clear-Site-Data",
    "Content-Encoding",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "NEL",
    "Report-To",
    "Reporting-Endpoints",
    "Service-Worker-Allowed",
    "Set-Cookie",
    "Set-Cookie2",
    "Strict-Transport-Security",
  ])("%s is not for the client", (name) => {
    expect(responseHeaders([[name, "x-y"]])).toEqual([]);
  });

  it.each([
    "Cache-Control",
    "Content-Disposition",
    "Content-Language",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Link",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
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
