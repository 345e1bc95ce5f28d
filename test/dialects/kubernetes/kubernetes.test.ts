import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { monitorOf, send, Tenant } from "../../edge/tenant.ts";
import { answerOf, ask, base, ended, expectFailure, service, sync } from "./wire-of-2014.ts";

freshTenant({ clock: true });

describe("paths and methods", () => {
  test.each([
    ["GET", ""],
    ["GET", "/"],
    ["GET", "/nothing"],
    ["POST", "/nothing"],
    ["PATCH", "/nothing"],
    ["GET", "/Services"],
    ["GET", "/services/a/b"],
    ["GET", "/operations/1/extra"],
    ["GET", "/operations/1"],
    ["GET", `/operations/${"0".repeat(30)}`],
    ["GET", "/services/%ff"],
    ["GET", "/services/a%2Fb"],
    ["GET", "/proxy/x"],
  ])("%s %s is 404", async (method, path) => {
    expectFailure(await ask(tenant, method, path), 404, /^Cannot find/);
  });

  test.each([
    ["POST", "/operations", "GET, HEAD"],
    ["DELETE", "/operations/1", "GET, HEAD"],
    ["PUT", "/operations/1", "GET, HEAD"],
    ["DELETE", "/services", "GET, HEAD, POST"],
    ["PUT", "/services/", "GET, HEAD, POST"],
    ["POST", "/services/a", "DELETE, GET, HEAD, PUT"],
    ["PATCH", "/services/a", "DELETE, GET, HEAD, PUT"],
  ])("%s %s is 405 with Allow, and no data", async (method, path, allow) => {
    const answer = await ask(tenant, method, path);
    expectFailure(answer, 405, /^Method not allowed; allowed: /);
    expect(answer.headers.get("allow")).toBe(allow);
  });

  test("HEAD works where GET does, without a body", async () => {
    await ask(tenant, "POST", `/services${sync}`, service);
    const [id] = await tenant.ids();
    for (const path of ["/services", "/services/redis", "/operations", `/operations/${id}`]) {
      const head = await tenant.send(`${base}${path}`, { method: "HEAD" });
      expect([path, head.status, await head.text()]).toEqual([path, 200, ""]);
      expect(head.headers.get("content-type")).toBe("application/json");
    }
    const missing = await tenant.send(`${base}/pods/none`, { method: "HEAD" });
    expect([missing.status, await missing.text()]).toEqual([404, ""]);
  });

  test("a request is one line of the log and one count, by its route", async () => {
    await ask(tenant, "POST", `/services${sync}`, service);
    await ask(tenant, "GET", "/services/redis?labels=hidden-value");
    await ask(tenant, "GET", "/hidden-storage/hidden-id");
    expect(log.requests().map(({ method, route, status }) => [method, route, status])).toEqual([
      ["POST", `${base}/services`, 200],
      ["GET", `${base}/services/{id}`, 200],
      ["GET", "unmatched", 404],
    ]);
    expect(log.text()).not.toContain("hidden");
    expect((await tenant.stats()).requests).toMatchObject({
      [`${base}/services`]: { count: 1 },
      [`${base}/services/{id}`]: { count: 1 },
      unmatched: { count: 1 },
    });
  });

  test("a panic is a 500 as a Status, and one line with its stack", async () => {
    const broken = () => {
      throw new Error("the map is broken");
    };
    const config = { OPERATIONS: new Proxy(env.OPERATIONS, { get: broken }) };
    const answer = await ask(tenant, "GET", "/services", undefined, { config });
    expectFailure(answer, 500, /^Internal error; request /);
    expect(log.requests()).toMatchObject([
      { level: "error", status: 500, stack: expect.stringContaining("the map is broken") },
    ]);
  });
});

describe("who may", () => {
  test("a 401 is a Status, and asks for Basic before Bearer", async () => {
    for (const path of ["/services", "/operations", "/operations/1", "/nothing", ""]) {
      const answer = await answerOf(await send(`${base}${path}`));
      expectFailure(answer, 401, /^A token is required/);
      expect(answer.headers.get("www-authenticate")).toBe(
        'Basic realm="operations", charset="UTF-8", Bearer realm="operations"',
      );
    }
  });

  test("Basic with the token as its password is let in, whatever the user is called", async () => {
    const authorization = `Basic ${btoa(`kubernetes:${tenant.token}`)}`;
    const answer = await ask(tenant, "POST", `/services${sync}`, service, {
      headers: { authorization },
    });
    expect(answer.status).toBe(200);
    const wrong = { authorization: `Basic ${btoa("kubernetes:wrong")}` };
    expectFailure(await ask(tenant, "GET", "/services", undefined, { headers: wrong }), 401, /./);
  });

  test("reading needs the scope read, and writing the scope write", async () => {
    const reader = await Tenant.make(["read"], tenant.name);
    const writer = await Tenant.make(["write"], tenant.name);
    const made = await ask(writer, "POST", `/services${sync}`, service);
    expect(made.status).toBe(200);
    for (const path of ["/services", "/services/redis", "/operations"]) {
      expect((await ask(reader, "GET", path)).status).toBe(200);
      expectFailure(await ask(writer, "GET", path), 403, /lacks the scope read$/);
    }
    for (const [method, path] of [
      ["POST", "/services"],
      ["PUT", "/services/redis"],
      ["DELETE", "/services/redis"],
    ] as const) {
      const answer = await ask(reader, method, path, service);
      expectFailure(answer, 403, /lacks the scope write$/);
    }
  });

  test("another tenant sees none of it", async () => {
    const other = await Tenant.make();
    const made = await ask(tenant, "POST", "/services", service);
    const id = made.body.details ?? "";
    await ended(tenant, id);
    const theirs = (method: string, path: string, body?: unknown) => ask(other, method, path, body);
    expectFailure(await theirs("GET", `/operations/${id}`), 404, /^Cannot find operation /);
    expectFailure(await theirs("GET", "/services/redis"), 404, /./);
    expectFailure(await theirs("DELETE", "/services/redis"), 404, /./);
    expect((await theirs("GET", "/services")).body.items).toEqual([]);
    expect((await theirs("GET", "/operations")).body).toEqual({ kind: "ServerOpList" });
    expect((await theirs("POST", `/services${sync}`, { ...service, port: 1 })).status).toBe(200);
    expect((await ask(tenant, "GET", "/services/redis")).body.port).toBe(6379);
  });

  test("a ticket opens nothing here", async () => {
    const TICKET_SECRET = "s".repeat(32);
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const config = { TICKET_SECRET };
    const path = `/api/v1/operations/${id}:tickets`;
    const response = await tenant.send(path, { method: "POST", json: {}, config });
    const { ticket } = (await response.json()) as { ticket: string };
    expect(
      (
        await monitorOf(
          await send(`/api/v1/operations/${id}`, {
            headers: { authorization: `Bearer ${ticket}` },
            config: { ...config, TOKENS: tenant.tokens },
          }),
        )
      ).id,
    ).toBe(id);
    for (const at of ["/services", `/operations/${id}`]) {
      const headers = { authorization: `Bearer ${ticket}` };
      expectFailure(
        await ask(tenant, "GET", at, undefined, { headers, config }),
        403,
        /^A ticket can only/,
      );
    }
  });

  test("a bad configuration is 503 as a Status", async () => {
    const answer = await ask(tenant, "GET", "/services", undefined, { config: { SHARDS: "0" } });
    expectFailure(answer, 503, /^The configuration is invalid: SHARDS$/);
  });
});
