import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Handler } from "../../src/edge/exchange.ts";
import { matchRoute, route } from "../../src/edge/routes.ts";
import { builtIn } from "../../src/kinds/index.ts";
import { captureLog } from "./log-lines.ts";
import { expectProblem } from "./refused.ts";
import { monitorOf, send, Tenant } from "./tenant.ts";

const handler: Handler = async () => new Response();
const methods = { GET: { scope: "read", handler } } as const;
const table = [
  route("/a", methods),
  route("/a:verb", methods),
  route("/a/{id}:cancel", methods),
  route("/a/{id}/part", methods),
  route("/a/{id}", methods),
  route("/p/{name}/*", methods),
  route("/p/{name}", methods),
];

describe("matchRoute", () => {
  test.each([
    ["/a", "/a", {}],
    ["/a/", "/a", {}],
    ["/a:verb", "/a:verb", {}],
    ["/a%3Averb", "/a:verb", {}],
    ["/a/x", "/a/{id}", { id: "x" }],
    ["/a/x/", "/a/{id}", { id: "x" }],
    ["/a/x:cancel", "/a/{id}:cancel", { id: "x" }],
    ["/a/x%3acancel", "/a/{id}:cancel", { id: "x" }],
    ["/a/x:cancel/", "/a/{id}:cancel", { id: "x" }],
    ["/a/x/part", "/a/{id}/part", { id: "x" }],
    ["/a/a%20b", "/a/{id}", { id: "a b" }],
    ["/a/a%2Fb", "/a/{id}", { id: "a/b" }],
    ["/a/%253A", "/a/{id}", { id: "%3A" }],
    ["/a/__proto__", "/a/{id}", { id: "__proto__" }],
    ["/p/x", "/p/{name}", { name: "x" }],
    ["/p/x/", "/p/{name}/*", { name: "x" }],
    ["/p/x/y/z//", "/p/{name}/*", { name: "x" }],
    ["/p/x/%ff", "/p/{name}/*", { name: "x" }],
  ])("%s is %s", (path, pattern, params) => {
    const match = matchRoute(table, path);
    expect([match?.route.pattern, match?.params]).toEqual([pattern, params]);
  });

  test.each([
    "",
    "/",
    "/A",
    "/b",
    "/ab",
    "/a//",
    "//a",
    "/a/x//",
    "/a/x/y",
    "/a/x:stop",
    "/a/x:cancel:cancel",
    "/a/:cancel",
    "/a/x/part/y",
    "/a/%",
    "/a/%ff",
    "/p",
    "/p/",
    "/p/%c3%28/x",
    "/x/a",
  ])("%s is none", (path) => {
    expect(matchRoute(table, path)).toBeUndefined();
  });
});

describe("the routes of the Worker", () => {
  let tenant: Tenant;

  beforeEach(async () => {
    tenant = await Tenant.make();
    captureLog();
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("HEAD works where GET does, with its headers and no body", async () => {
    const { id } = await tenant.create({ kind: "echo", input: 1 }, "?sync=true");
    for (const path of [
      "/api/healthz",
      "/problems/not-found",
      "/api/v1/operations",
      `/api/v1/operations/${id}`,
      `/api/v1/operations/${id}/input`,
      `/api/v1/operations/${id}/result`,
      `/api/v1/operations/${id}/deliveries`,
      "/api/v1/kinds",
      "/api/v1/stats",
      "/api/v1/openapi.json",
      "/api/v1/trends",
    ]) {
      const [get, head] = [
        await tenant.send(path),
        await tenant.send(path, { method: "HEAD" }),
      ] as const;
      expect([path, head.status, await head.text()]).toEqual([path, get.status, ""]);
      expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    }
    const missing = await tenant.send("/api/v1/operations/none", { method: "HEAD" });
    expect([missing.status, await missing.text()]).toEqual([404, ""]);
  });

  test.each([
    "/api/v1/operations/{id}:cancel",
    "/api/v1/operations/{id}%3Acancel",
    "/api/v1/operations/{id}%3acancel/",
  ])("POST %s cancels", async (pattern) => {
    const { id } = await tenant.create({ kind: "echo", startAfter: "1h" });
    const response = await tenant.send(pattern.replace("{id}", id), { method: "POST" });
    expect(await monitorOf(response)).toMatchObject({ id, status: "canceled" });
  });

  test.each([
    ["POST", "/api/healthz", "GET, HEAD"],
    ["DELETE", "/problems/not-found", "GET, HEAD"],
    ["POST", "/", "GET, HEAD"],
    ["PURGE", "/api/v1/operations", "GET, HEAD, POST"],
    ["PUT", "/api/v1/operations/none", "DELETE, GET, HEAD, PATCH"],
  ])("%s %s is 405 with Allow", async (method, path, allow) => {
    const response = await tenant.send(path, { method });
    await expectProblem(response, "method-not-allowed");
    expect(response.headers.get("allow")).toBe(allow);
  });

  test("the API catalog says without a token where the API stands", async () => {
    const response = await send("/.well-known/api-catalog");
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "application/linkset+json",
    ]);
    const anchor = "https://edge.test/api/v1/";
    expect(await response.json()).toEqual({
      linkset: [{ anchor, "service-desc": [{ href: `${anchor}openapi.json` }] }],
    });
  });

  test("healthz needs no token", async () => {
    const response = await send("/api/healthz");
    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("kinds lists each kind with the JSON Schema of its input", async () => {
    const { kinds } = await tenant.get<{ kinds: Record<string, unknown>[] }>("/kinds");
    expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(builtIn).sort());
    for (const kind of kinds) {
      expect(kind).toEqual({
        kind: expect.any(String),
        description: expect.stringMatching(/^[A-Z].*\.$/),
        engine: "worker",
        paused: false,
        running: 0,
        waiting: 0,
        asking: 0,
        parked: 0,
        inputSchema: expect.objectContaining({ $schema: expect.stringContaining("json-schema") }),
      });
    }
  });
});
