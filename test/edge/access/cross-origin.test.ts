import { describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../fresh-tenant.ts";
import { expectProblem } from "../refused.ts";

freshTenant();

const config = { ALLOWED_ORIGINS: "https://app.test, https://admin.test:8443/" };
const preflight = { "access-control-request-method": "POST" };

function corsHeaders(response: Response): string[] {
  return [...response.headers.keys()].filter((name) => name.startsWith("access-control-"));
}

describe("crossOrigin", () => {
  test.each(["https://app.test", "https://admin.test:8443"])(
    "answers the preflight of %s without a token",
    async (origin) => {
      const headers = { origin, ...preflight, authorization: "" };
      const response = await tenant.send("/api/v1/operations", {
        method: "OPTIONS",
        headers,
        config,
      });
      expect([response.status, await response.text()]).toEqual([204, ""]);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin);
      expect(response.headers.get("access-control-allow-methods")).toContain("DELETE");
      const allowed = response.headers.get("access-control-allow-headers")?.toLowerCase();
      for (const name of ["authorization", "content-type", "prefer", "idempotency-key"]) {
        expect(allowed).toContain(name);
      }
      expect(response.headers.get("access-control-max-age")).toBe("600");
      expect(response.headers.has("access-control-allow-credentials")).toBe(false);
    },
  );

  const ofMcp = ["mcp-protocol-version", "mcp-method", "mcp-name"];
  const ofFal = ["x-fal-target-url"];
  test.each([
    ["/api/mcp", ofMcp],
    ["/api/fal", ofFal],
    ["/api/v1/operations", []],
  ])("at %s the preflight allows the headers of its dialect: %j", async (path, own) => {
    const headers = { origin: "https://app.test", ...preflight };
    const response = await tenant.send(path, { method: "OPTIONS", headers, config });
    const allowed = response.headers.get("access-control-allow-headers")?.toLowerCase();
    const found = [...ofMcp, ...ofFal].filter((name) => allowed?.includes(name));
    expect(found).toEqual(own);
  });

  test.each(["GET", "POST"])("lets a configured origin read the answer to %s", async (method) => {
    const call = { headers: { origin: "https://app.test" }, config };
    const response =
      method === "GET"
        ? await tenant.send("/api/v1/operations", call)
        : await tenant.post({ kind: "echo" }, "", call);
    expect(response.ok).toBe(true);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.test");
    expect(response.headers.get("vary")).toContain("Origin");
  });

  // Each header that is said by anything here, and whether a page may read it.
  const readable = [
    "accept-ranges",
    "content-location",
    "etag",
    "idempotency-replayed",
    "location",
    "operation-location",
    "output-attempt",
    "output-offset",
    "preference-applied",
    "retry-after",
    "x-fal-request-id",
    "x-request-id",
    "x-should-retry",
  ];
  const unsaid = [
    "access-control-allow-origin",
    "cache-control",
    "content-security-policy",
    "content-type",
    "vary",
    "www-authenticate",
    "x-accel-buffering",
    "x-content-type-options",
  ];
  const seen = new Set<string>();

  test.each([
    ["a create", "POST", "/api/v1/operations", { prefer: "wait=1" }],
    ["the same again", "POST", "/api/v1/operations", { prefer: "wait=1" }],
    ["a list", "GET", "/api/v1/operations", {}],
    ["an operation", "GET", "/api/v1/operations/{id}", {}],
    ["one that goes on", "GET", "/api/v1/operations/{late}", {}],
    ["a result", "GET", "/api/v1/operations/{id}/result", {}],
    ["an output", "GET", "/api/v1/operations/{id}/output", {}],
    ["events", "GET", "/api/v1/operations/{id}/events", {}],
    ["a queue", "GET", "/api/fal/me/echo/requests/{id}", {}],
    ["a conflict", "DELETE", "/api/v1/operations/{late}", {}],
    ["a missing token", "GET", "/api/v1/operations", { authorization: "" }],
  ])("lets a configured origin read the headers of %s", async (_, method, path, more) => {
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const { id: late } = await tenant.create({ kind: "echo", startAfter: "1h" });
    const isPost = method === "POST";
    const headers = { origin: "https://app.test", ...(isPost && { "idempotency-key": "k" }) };
    const call = {
      method,
      headers: { ...headers, ...more },
      config,
      ...(isPost && { json: { kind: "echo" } }),
    };
    const url = path.replace("{id}", id).replace("{late}", late);
    if (isPost) await tenant.send(url, call);
    const response = await tenant.send(url, call);
    const exposed = response.headers.get("access-control-expose-headers")?.split(", ") ?? [];
    const names = [...response.headers.keys()].filter(
      (name) => name !== "access-control-expose-headers",
    );
    for (const name of names) seen.add(name);
    expect(exposed.toSorted()).toEqual(names.filter((name) => !unsaid.includes(name)).sort());
  });

  test("leaves no header undecided", () => {
    expect([...seen].sort()).toEqual([...readable, ...unsaid].sort());
  });

  test("lets a configured origin read a problem, a 401 and a result", async () => {
    const headers = { origin: "https://app.test" };
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const responses = [
      await tenant.send("/api/v1/operations/none", { headers, config }),
      await tenant.send("/api/v1/kinds", { headers: { ...headers, authorization: "" }, config }),
      await tenant.send(`/api/v1/operations/${id}/result`, { headers, config }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([404, 401, 200]);
    for (const response of responses) {
      expect(response.headers.get("access-control-allow-origin")).toBe("https://app.test");
    }
  });

  test.each([
    "https://evil.test",
    "http://app.test",
    "https://app.test:444",
    "https://app.test.evil.test",
    "https://APP.test",
    "null",
    "",
    "*",
  ])("says nothing to the origin %s", async (origin) => {
    const headers = { origin, ...preflight };
    const asked = { method: "OPTIONS", headers, config };
    const refused = await tenant.send("/api/v1/operations", asked);
    await expectProblem(refused, "method-not-allowed");
    const read = await tenant.send("/api/v1/operations", { headers: { origin }, config });
    expect([read.status, corsHeaders(read), corsHeaders(refused)]).toEqual([200, [], []]);
  });

  test("says nothing to anybody where no origin is configured", async () => {
    const headers = { origin: "https://edge.test", ...preflight };
    const response = await tenant.send("/api/v1/operations", { method: "OPTIONS", headers });
    expect([response.status, corsHeaders(response)]).toEqual([405, []]);
  });

  test("OPTIONS without a request method is no preflight", async () => {
    const headers = { origin: "https://app.test" };
    const call = { method: "OPTIONS", headers, config };
    expect((await tenant.send("/api/v1/operations", call)).status).toBe(405);
  });
});
