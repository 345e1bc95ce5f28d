import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import worker from "../../src/index.ts";
import { eventually } from "../eventually.ts";
import { freshTenant, log, tenant } from "./fresh-tenant.ts";
import { expectProblem } from "./refused.ts";
import { origin, send } from "./tenant.ts";

freshTenant();

/** A map whose every use throws. */
function broken(thrown: unknown): { OPERATIONS: DurableObjectNamespace } {
  const get = () => {
    throw thrown;
  };
  return { OPERATIONS: new Proxy(env.OPERATIONS, { get }) as unknown as DurableObjectNamespace };
}

describe("accessLog", () => {
  test.each([
    ["GET", "/api/v1/operations?limit=1", "/api/v1/operations", 200],
    ["HEAD", "/api/v1/kinds", "/api/v1/kinds", 200],
    ["POST", "/api/v1/operations", "/api/v1/operations", 400],
    ["GET", "/api/v1/operations/none", "/api/v1/operations/{id}", 404],
    ["POST", "/api/v1/operations/none%3Acancel", "/api/v1/operations/{id}:cancel", 404],
    ["DELETE", "/api/v1/kinds", "/api/v1/kinds", 405],
    ["GET", "/api/proxy/none/a/b/c", "/api/proxy/{upstream}/*", 404],
    ["GET", "/api/none/of/these", "unmatched", 404],
    ["GET", "/none", "unmatched", 404],
    ["GET", "/api/healthz", "/api/healthz", 200],
    ["GET", "/problems/internal", "/problems/{code}", 200],
    ["GET", "/static/none", "/static/*", 404],
    ["PURGE", "/api/v1/operations", "/api/v1/operations", 405],
  ])("%s %s is one line of %s, %i", async (method, path, route, status) => {
    const response = await tenant.send(path, { method });
    expect(response.status).toBe(status);
    expect(log.lines()).toHaveLength(1);
    const known = method === "PURGE" ? "OTHER" : method;
    expect(log.requests()).toMatchObject([{ level: "info", method: known, route, status }]);
    const request = response.headers.get("x-request-id");
    expect(log.requests()).toMatchObject([{ request }]);
  });

  test("a 401 is a line without a tenant", async () => {
    await send("/api/v1/operations");
    expect(log.requests()).toMatchObject([{ status: 401 }]);
    expect(log.requests()[0]).not.toHaveProperty("tenant");
  });

  test("a client's request id is kept where it is plain, and made where it is not", async () => {
    for (const [given, isKept] of [
      ["req-1.2:3_4", true],
      ["x".repeat(128), true],
      ["x".repeat(129), false],
      ['a"b', false],
      ["a b", false],
      ["a\tb", false],
      ["<script>", false],
    ] as const) {
      const response = await tenant.send("/api/healthz", { headers: { "x-request-id": given } });
      const id = response.headers.get("x-request-id");
      expect([given, id === given]).toEqual([given, isKept]);
      expect(id).toMatch(/^[\w.:-]{1,128}$/);
    }
  });

  test("an answer of another's making carries our request id", async () => {
    for (const path of ["/static/", "/"]) {
      const response = await send(path, { headers: { "x-request-id": "ours" } });
      expect(response.headers.get("x-request-id")).toBe("ours");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});

describe("panicFilter", () => {
  test.each([
    ["an Error", new Error("the map\nis broken")],
    ["text", "the map is broken"],
    ["nothing", undefined],
    ["null", null],
    ["an object without a prototype", Object.create(null)],
  ])("answers 500 for %s, with the stack on the one line of the request", async (_, thrown) => {
    const response = await tenant.send("/api/v1/operations", { config: broken(thrown) });
    const { detail } = await expectProblem(response, "internal");
    expect(detail).toContain(response.headers.get("x-request-id"));
    expect(detail).not.toContain("broken");
    expect(log.lines()).toHaveLength(1);
    expect(log.requests()).toMatchObject([
      { level: "error", status: 500, stack: expect.stringMatching(/\S/) },
    ]);
  });

  test.each([{ retryable: true }, { overloaded: true }, { durableObjectReset: true }])(
    "answers 503 with Retry-After for an object that is %j, and tells nobody",
    async (flags) => {
      const config = broken(Object.assign(new Error("passing"), flags));
      const response = await tenant.send("/api/v1/operations", { config });
      await expectProblem(response, "unavailable");
      expect(response.headers.get("retry-after")).toBe("5");
      expect(log.lines().map(({ level }) => level)).toEqual(["warning", "error"]);
      expect(log.text()).not.toContain('"stack"');
    },
  );

  test.each([
    "database or disk is full: SQLITE_FULL",
    "disk I/O error: SQLITE_IOERR_WRITE",
    "unable to open database file: SQLITE_CANTOPEN",
    "attempt to write a readonly database: SQLITE_READONLY",
    "internal error; reference = 92bo2h5qq76hsgo7e0iitepc",
    "internal error",
  ])(
    "answers 503 where the disk, or the runtime, says %j, and tells the reporters",
    async (text) => {
      const told = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response());
      const config = { ...broken(new Error(text)), ALERT_WEBHOOK: "https://alert.test/secret" };
      await expectProblem(await tenant.send("/api/v1/operations", { config }), "unavailable");
      await eventually(() => expect(told).toHaveBeenCalledTimes(1));
    },
  );

  test("tells Sentry and a webhook, off the path of the request", async () => {
    const reports: { url: string; body: string }[] = [];
    const held = Promise.withResolvers<void>();
    vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
      await held.promise;
      reports.push({ url: String(url), body: String(init?.body) });
      return new Response();
    });
    const config = {
      ...broken(new RangeError("the map is broken")),
      TOKENS: tenant.tokens,
      SENTRY_DSN: "https://public@sentry.test/42",
      ALERT_WEBHOOK: "https://alerts.test/hook",
    };
    const headers = { authorization: `Bearer ${tenant.token}`, "x-request-id": "asked-1" };
    const response = await send("/api/v1/operations", { headers, config });
    expect([response.status, reports]).toEqual([500, []]);

    held.resolve();
    await eventually(() => expect(reports).toHaveLength(2));
    const [sentry, webhook] = reports.toSorted((a, b) => (a.url < b.url ? 1 : -1));
    expect(sentry?.url).toMatch(
      /^https:\/\/sentry\.test\/api\/42\/envelope\/\?.*sentry_key=public/,
    );
    expect(sentry?.body).toContain('"RangeError"');
    expect(sentry?.body).toContain("the map is broken");
    expect(webhook?.url).toBe("https://alerts.test/hook");
    expect(JSON.parse(webhook?.body ?? "")).toEqual({
      text: "Edge Operations: RangeError: the map is broken",
      route: "/api/v1/operations",
      request: "asked-1",
    });
    expect(JSON.stringify(reports)).not.toContain(tenant.token);
  });

  test("a reporter that fails is a warning without its address", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("", { status: 403 }));
    const config = { ...broken(new Error("x")), ALERT_WEBHOOK: "https://alerts.test/hook-secret" };
    expect((await tenant.send("/api/v1/operations", { config })).status).toBe(500);
    await eventually(() => expect(log.text()).toContain("a panic could not be reported"));
    expect(log.text()).not.toContain("hook-secret");
  });
});

test("waitUntil holds what is told off the path", async () => {
  const calls = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response());
  const ctx = createExecutionContext();
  const config = { ...env, ...broken(new Error("x")), ALERT_WEBHOOK: "https://alerts.test/hook" };
  const request = new Request(`${origin}/static/`);
  await worker.fetch(
    request as Parameters<typeof worker.fetch>[0],
    { ...config, ASSETS: { fetch: () => Promise.reject(new Error("no assets")) } } as never,
    ctx as ExecutionContext,
  );
  await waitOnExecutionContext(ctx);
  expect(calls).toHaveBeenCalledOnce();
});
