import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { freshTenant, log, tenant } from "../edge/fresh-tenant.ts";
import { type Page, problemOf } from "../edge/tenant.ts";

freshTenant();

describe("fault 1 of the original: an unknown path is 404 as JSON, and no body holds a request header", () => {
  test.each([
    ["/", 302],
    ["/nothing", 404],
    ["/api", 404],
    ["/api/", 404],
    ["/api/v1", 404],
    ["/api/v1/", 404],
    ["/api/v1/nothing", 404],
    ["/api/v2/operations", 404],
    ["/api/v1/operations/nothing", 404],
    ["/api/v1/operations/nothing/result", 404],
    ["/api/v1/operations?limit=x", 400],
    ["/api/proxy/nothing/path", 404],
    ["/problems/nothing", 404],
    ["/API/V1/OPERATIONS", 404],
  ])("%s answers %i and nothing of what was sent", async (path, status) => {
    const headers = { "x-marker": "marked-header", cookie: "marked=cookie" };
    const response = await tenant.send(path, { headers });
    const body = await response.text();
    expect(response.status).toBe(status);
    expect(body).not.toContain(tenant.token);
    expect(body).not.toContain("marked");
    if (status >= 400) {
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(JSON.parse(body)).toMatchObject({ error: { code: expect.any(String) } });
    }
  });
});

describe("fault 7 of the original: a panic in a handler is one 500 as JSON, and one log line that says 500", () => {
  test("a throw on the way of a request", async () => {
    const config = { OPERATIONS: new Proxy(env.OPERATIONS, { get: broken }) };
    const response = await tenant.send("/api/v1/operations", { config });
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(body).error.code).toBe("internal");
    expect(body).not.toContain("the map is broken");
    expect(log.lines()).toHaveLength(1);
    expect(log.requests()).toMatchObject([
      { level: "error", status: 500, stack: expect.stringMatching(/the map is broken\n +at /) },
    ]);
  });
});

describe("fault 8 of the original: bad JSON, bad kind, empty id: 400 or 404 with what and where; nothing stored", () => {
  test.each([
    ['{"kind":', "malformed-json", /Cannot parse the body/],
    ["", "malformed-json", /empty/],
    ['{"kind":""}', "validation-failed", /^kind: /],
    ['{"kind":7}', "validation-failed", /^kind: /],
    ["[]", "validation-failed", /expected object/i],
    ['{"kind":"simulate","input":{"duration":"long"}}', "validation-failed", /^input\.duration: /],
  ])("POST %s is 400 %s", async (body, code, detail) => {
    const headers = { "content-type": "application/json" };
    const response = await tenant.send("/api/v1/operations", { method: "POST", headers, body });
    expect(response.status).toBe(400);
    const problem = await problemOf(response);
    expect(problem.error.code).toBe(code);
    expect(problem.detail).toMatch(detail);
    expect(await tenant.ids()).toEqual([]);
  });

  test("a kind that nothing here does is 404 and named", async () => {
    const response = await tenant.post({ kind: "nothing" });
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({
      detail: expect.stringContaining('"nothing"'),
      error: { code: "kind-not-found" },
    });
    expect(await tenant.ids()).toEqual([]);
  });

  test.each(["%20", ".", "0", "''"])("an id that is no id, %s, is 404", async (id) => {
    expect((await tenant.send(`/api/v1/operations/${id}/result`)).status).toBe(404);
  });
});

describe("fault 10 of the original: an operation is there to be read again; extra segments are 404", () => {
  test("GET answers the monitor, and /result 202 while working and 200 for ever after", async () => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    expect((await tenant.send(`/api/v1/operations/${id}`)).status).toBe(200);
    expect((await tenant.send(`/api/v1/operations/${id}/result`)).status).toBe(202);

    const done = await tenant.create({ kind: "echo", input: [1] }, "?sync=true");
    for (let read = 0; read < 3; read++) {
      const response = await tenant.send(`/api/v1/operations/${done.id}/result`);
      expect([response.status, await response.text()]).toEqual([200, "[1]"]);
    }
  });

  test("an extra segment is 404, and one slash at the end changes nothing", async () => {
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    expect((await tenant.send(`/api/v1/operations/${id}/extra`)).status).toBe(404);
    expect((await tenant.send(`/api/v1/operations/${id}/result/extra`)).status).toBe(404);
    expect(await tenant.get(`/operations/${id}/`)).toMatchObject({ id });
    expect((await tenant.get<Page>("/operations/")).operations).toMatchObject([{ id }]);
  });
});

describe("fault 11 of the original: another method is 405 with Allow, and no data", () => {
  test.each([
    ["PUT", "/api/v1/operations", "GET, HEAD, POST"],
    ["DELETE", "/api/v1/operations", "GET, HEAD, POST"],
    ["PATCH", "/api/v1/operations", "GET, HEAD, POST"],
    ["OPTIONS", "/api/v1/operations", "GET, HEAD, POST"],
    ["POST", "/api/v1/operations/{id}", "DELETE, GET, HEAD, PATCH"],
    ["POST", "/api/v1/operations/{id}/result", "GET, HEAD, PUT"],
    ["GET", "/api/v1/operations/{id}:cancel", "POST"],
    ["HEAD", "/api/v1/operations/{id}:cancel", "POST"],
    ["GET", "/api/v1/operations:batchGet", "POST"],
    ["DELETE", "/api/v1/stats", "GET, HEAD"],
    ["POST", "/api/v1/kinds", "GET, HEAD"],
  ])("%s %s", async (method, pattern, allow) => {
    const { id } = await tenant.create({ kind: "echo", input: "the data" }, "?sync=true");
    const response = await tenant.send(pattern.replace("{id}", id), { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.text()).not.toContain("the data");
  });

  test("what is refused changes nothing", async () => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "DELETE" });
    await tenant.send("/api/v1/operations", { method: "DELETE" });
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "running", version: 1 });
  });
});

function broken(): never {
  throw new Error("the map is broken");
}
