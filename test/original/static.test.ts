import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog } from "../edge/log-lines.ts";
import { send, Tenant } from "../edge/tenant.ts";

beforeEach(() => {
  captureLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("fault 21 of the original: /static/ serves its files and nothing else", () => {
  test("/ leads to /static/, and so does /static", async () => {
    for (const path of ["/", "/static"]) {
      const response = await send(path);
      expect([302, 307]).toContain(response.status);
      expect(new URL(response.headers.get("location") ?? "", "https://edge.test").pathname).toBe(
        "/static/",
      );
    }
  });

  test("the first page has an ETag, a cache rule and a policy without inline script", async () => {
    const response = await send("/static/");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(response.headers.get("etag")).toMatch(/^(W\/)?".+"$/);
    expect(response.headers.get("cache-control")).toContain("must-revalidate");
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(response.headers.get("content-security-policy")).not.toContain("unsafe");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).not.toMatch(/<script(?![^>]*\bsrc=)| on\w+=|<style| style=/);
  });

  test("an ETag that is known is answered with 304, and HEAD with no body", async () => {
    const { headers } = await send("/static/style.css");
    const known = { "if-none-match": headers.get("etag") ?? "" };
    const again = await send("/static/style.css", { headers: known });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const head = await send("/static/style.css", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("etag")).toBe(headers.get("etag"));
  });

  test.each(["/static/nothing", "/static/nothing/", "/static/style.css/", "/static/.assetsignore"])(
    "%s is 404, with its own page",
    async (path) => {
      const response = await send(path);
      expect(response.status).toBe(404);
      expect(await response.text()).toContain("Page not found");
    },
  );

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is 405", async (method) => {
    expect((await send("/static/", { method })).status).toBe(405);
    expect((await send("/static/style.css", { method })).status).toBe(405);
  });

  test.each([
    "/static/../wrangler.toml",
    "/static/%2e%2e/wrangler.toml",
    "/static/..%2fwrangler.toml",
    "/static/..%2f..%2fpackage.json",
    "/static/%2e%2e%2f%2e%2e%2fpackage.json",
    "/static/..%5c..%5cpackage.json",
    "/static/....//package.json",
    "/static/%00/package.json",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/..%2f_headers",
    "/_headers",
    "/wrangler.toml",
  ])("%s escapes to nothing", async (path) => {
    let response = await send(path);
    for (let hop = 0; hop < 3 && response.headers.has("location"); hop++) {
      response = await send(response.headers.get("location") ?? "");
    }
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/compatibility_date|"dependencies"|root:|CSP/);
  });

  test("/api and what leads to it never reach the assets", async () => {
    const tenant = await Tenant.make();
    const reached: string[] = [];
    const fetch = (request: Request) => {
      reached.push(request.url);
      return env.ASSETS.fetch(request);
    };
    const config = { ASSETS: { fetch } };
    for (const path of [
      "/api",
      "/api/",
      "/api/healthz",
      "/api/static/index.html",
      "/api/v1/operations",
      "/static/../api/v1/operations",
      "/static/%2e%2e/api/nothing",
    ]) {
      await tenant.send(path, { config });
    }
    expect(reached).toEqual([]);
    await tenant.send("/static/", { config });
    expect(reached).toHaveLength(1);
  });

  test("a Worker without assets, or with a bucket by that name, has no page", async () => {
    const tenant = await Tenant.make();
    for (const ASSETS of [undefined, { get: () => null }]) {
      const response = await tenant.send("/static/", { config: { ASSETS } });
      expect(response.status).toBe(404);
    }
  });
});
