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
    const exposed = response.headers.get("access-control-expose-headers")?.toLowerCase();
    const names = ["operation-location", "etag", "retry-after", "x-request-id", "upstream-status"];
    for (const name of names) expect(exposed).toContain(name);
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
