import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { Logger } from "../../src/base/log.ts";
import { builtIn } from "../../src/kinds/index.ts";
import type { Kind } from "../../src/kinds/kind.ts";
import { freshTenant, log, tenant } from "../edge/fresh-tenant.ts";
import { configure, send } from "../edge/tenant.ts";

configure({ V: "0", VMODULE: "nothing=9,object/run*=1" });

freshTenant();

const works = (run: Kind["run"]) => vi.spyOn(builtIn.echo, "run").mockImplementation(run);

describe("fault 22 of the original: leveled lines as JSON; V and VMODULE by variable; F logs and fails", () => {
  test("a line says time, level, v, module and request id", async () => {
    await tenant.send("/api/v1/kinds", { headers: { "x-request-id": "asked-1" } });
    expect(log.lines()).toEqual([
      expect.objectContaining({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: "info",
        v: 0,
        module: "http/worker",
        request: "asked-1",
      }),
    ]);
  });

  test("V(n) is on when n is at most what VMODULE says of the module", async () => {
    works(async (_, op) => {
      op.log.V(1)?.info("one");
      op.log.V(2)?.info("two");
      op.log.warning("three");
    });
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const lines = log.lines().filter(({ module }) => module === "object/runner");
    expect(lines.map(({ level, v, message }) => [level, v, message])).toEqual([
      ["info", 1, "attempt starts"],
      ["info", 1, "one"],
      ["warning", 0, "three"],
      ["info", 1, "attempt ends"],
    ]);
    expect(new Set(lines.map(({ operation }) => operation))).toEqual(new Set([id]));
  });

  test("F in the work logs and fails the operation", async () => {
    works(async (_, op) => op.log.fatal("cannot go on"));
    expect((await tenant.post({ kind: "echo" }, "?sync=true")).status).toBe(424);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ level: "fatal", message: "cannot go on" }),
    );
  });

  test("F in a handler logs and fails the request, and the next one is served", async () => {
    const broken = new Logger("broken");
    const get = () => broken.fatal("cannot go on");
    const config = { OPERATIONS: new Proxy(env.OPERATIONS, { get }) };
    expect((await tenant.send("/api/v1/operations", { config })).status).toBe(500);
    expect(log.lines().map(({ level }) => level)).toEqual(["fatal", "error"]);
    expect((await tenant.send("/api/v1/operations")).status).toBe(200);
  });
});

describe("fault 23 of the original: one line for each request; a stack from 500 up; secrets redacted", () => {
  test("method, pattern, status, latency and tenant, and no stack on a 404", async () => {
    await tenant.send("/api/v1/operations/none?wait=in-the-query");
    expect(log.lines()).toHaveLength(1);
    const [line] = log.requests();
    expect(line).toMatchObject({
      method: "GET",
      route: "/api/v1/operations/{id}",
      status: 404,
      latency: expect.any(Number),
      tenant: tenant.name,
    });
    expect(line).not.toHaveProperty("stack");
    expect(log.text()).not.toContain("in-the-query");
  });

  test("a stack on a 500", async () => {
    const get = () => {
      throw new Error("broken");
    };
    const config = { OPERATIONS: new Proxy(env.OPERATIONS, { get }) };
    await tenant.send("/api/v1/operations", { config });
    expect(log.requests()).toMatchObject([
      { status: 500, stack: expect.stringMatching(/\n +at /) },
    ]);
  });

  test.each([
    ["Bearer", (token: string) => ({ authorization: `Bearer ${token}` })],
    ["Basic", (token: string) => ({ authorization: `Basic ${btoa(`user:${token}`)}` })],
    ["a wrong scheme", (token: string) => ({ authorization: `Token ${token}` })],
    ["a cookie", (token: string) => ({ cookie: `session=${token}` })],
    ["a request id", (token: string) => ({ "x-request-id": `${token} and more` })],
  ])("a secret in %s is in no line, on 200 and on 500", async (_, headers) => {
    const get = () => {
      throw new Error("broken");
    };
    const secrets = [tenant.token, btoa(`user:${tenant.token}`)];
    for (const config of [{}, { OPERATIONS: new Proxy(env.OPERATIONS, { get }) }]) {
      const call = { headers: headers(tenant.token), config: { TOKENS: tenant.tokens, ...config } };
      await send(`/api/v1/operations?token=${tenant.token}`, call);
      await send(`/${tenant.token}`, call);
    }
    expect(log.requests()).toHaveLength(4);
    for (const secret of secrets) expect(log.text()).not.toContain(secret);
  });
});
