import { describe, expect, it } from "vitest";
import { hostsOf, refusePath, refuseStranger } from "../../src/cli/proxy/refusal.ts";

const hosts = hostsOf(8001);

describe("refuseStranger", () => {
  it.each([
    [{ host: "localhost:8001" }],
    [{ host: "LOCALHOST:8001" }],
    [{ host: "127.0.0.1:8001" }],
    [{ host: "[::1]:8001" }],
    [{ host: "localhost:8001", origin: "http://localhost:8001" }],
    [{ host: "localhost:8001", "sec-fetch-site": "same-origin" }],
    [{ host: "localhost:8001", "sec-fetch-site": "none" }],
  ])("lets %j in", (headers) => {
    expect(refuseStranger(headers, hosts)).toBeUndefined();
  });

  it.each([
    [{}, 421],
    [{ host: "localhost" }, 421],
    [{ host: "localhost:8002" }, 421],
    [{ host: "evil.example.com:8001" }, 421],
    [{ host: "localhost.evil.com:8001" }, 421],
    [{ host: "localhost:8001", origin: "https://evil.example.com" }, 403],
    [{ host: "localhost:8001", origin: "http://localhost:3000" }, 403],
    [{ host: "localhost:8001", origin: "http://127.0.0.1:8001" }, 403],
    [{ host: "localhost:8001", origin: "null" }, 403],
    [{ host: "localhost:8001", "sec-fetch-site": "cross-site" }, 403],
    [{ host: "localhost:8001", "sec-fetch-site": "same-site" }, 403],
  ])("refuses %j with %d", (headers, status) => {
    expect(refuseStranger(headers, hosts)?.status).toBe(status);
  });

  it("takes a Host without its port where that is 80", () => {
    expect(refuseStranger({ host: "localhost" }, hostsOf(80))).toBeUndefined();
  });
});

describe("refusePath", () => {
  it.each(["/api/..", "/api/../x", "/api/%2e%2E/x", "/api/.%2e/x", "/api/./x", "/api/x\\..\\y"])(
    "refuses %s",
    (pathname) => {
      expect(refusePath(pathname)?.status).toBe(400);
    },
  );

  it.each(["/api/v1/operations", "/api/proxy/files/a..b", "/api/proxy/f/.hidden", "/api/x/..."])(
    "lets %s through",
    (pathname) => {
      expect(refusePath(pathname)).toBeUndefined();
    },
  );
});
