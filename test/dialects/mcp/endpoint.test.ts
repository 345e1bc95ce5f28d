import { describe, expect, test } from "vitest";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { origin, Tenant } from "../../edge/tenant.ts";
import { ask, askModern, framing, messagesOf, post, postUnknown, tasks } from "./ask.ts";

freshTenant();

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

describe("POST /api/mcp", () => {
  test.each(["GET", "DELETE", "PUT"])("%s is 405, and POST is allowed", async (method) => {
    const answer = await post(tenant, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("POST");
    expect(answer.body).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32_600 } });
  });

  test("without a token is 401 with a challenge, in JSON-RPC", async () => {
    const answer = await postUnknown({ json: ping, config: { TOKENS: tenant.tokens } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer\b/);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.body).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32_600 } });
  });

  test("past the limit of requests is 429, in JSON-RPC", async () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    const answer = await post(tenant, { json: ping, config: { RATE_LIMIT } });
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(answer.body.error).toMatchObject({ code: -32_000, data: { code: "rate-limited" } });
  });

  test.each([
    ["https://evil.test", 403],
    ["null", 403],
    [origin, 200],
    ["https://page.test", 200],
  ])("of a page of %s is %i", async (page, status) => {
    const config = { ALLOWED_ORIGINS: "https://page.test" };
    const answer = await post(tenant, { json: ping, headers: { origin: page }, config });
    expect(answer.status).toBe(status);
  });

  test("while developing takes no page of a name that was led here", async () => {
    const config = { DEVELOPMENT: "true" };
    const answer = await post(tenant, { json: ping, headers: { origin }, config });
    expect(answer.status).toBe(403);
  });

  test.each([
    ["{", 400, -32_700],
    ["", 400, -32_700],
    [JSON.stringify([ping]), 400, -32_600],
    ["1", 400, -32_600],
    [JSON.stringify({ ...ping, jsonrpc: "1.0" }), 400, -32_600],
    [JSON.stringify({ ...ping, id: null }), 400, -32_600],
    [JSON.stringify({ ...ping, id: {} }), 400, -32_600],
    [JSON.stringify({ ...ping, id: "x".repeat(1_025) }), 400, -32_600],
    [JSON.stringify({ ...ping, method: 1 }), 400, -32_600],
    [JSON.stringify({ ...ping, params: [] }), 400, -32_600],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{}}}', 400, -32_600],
    [JSON.stringify({ ...ping, method: "resources/list" }), 200, -32_601],
  ])("%j is %i with %i", async (body, status, code) => {
    const headers = { "content-type": "application/json" };
    const answer = await post(tenant, { body, headers });
    expect([answer.status, answer.body.error?.code]).toEqual([status, code]);
  });

  test.each(['"a"', "7", "-1", '"\\u0000\\"<b>"', "9007199254740993", "1.0"])(
    "echoes the id %s as it came",
    async (id) => {
      const body = `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
      const answer = await post(tenant, { body, headers: { "content-type": "application/json" } });
      expect(answer.text).toBe(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    },
  );

  test("takes notifications and responses with an empty 202", async () => {
    for (const json of [
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
      { jsonrpc: "2.0", id: "ask:none:none", result: { action: "accept" } },
      { jsonrpc: "2.0", id: 5, error: { code: 1, message: "no" } },
    ]) {
      const answer = await post(tenant, { json });
      expect([answer.status, answer.text]).toEqual([202, ""]);
    }
  });

  test.each([
    [undefined, 200],
    ["2025-11-25", 200],
    ["2025-03-26", 200],
    ["2024-01-01", 400],
    ["2026-07-28", 400],
  ])("with the protocol version %j in the header is %i", async (version, status) => {
    const headers: Record<string, string> =
      version === undefined ? {} : { "mcp-protocol-version": version };
    expect((await post(tenant, { json: ping, headers })).status).toBe(status);
  });

  test.each([
    ["2025-06-18", "2025-06-18"],
    ["2025-11-25", "2025-11-25"],
    ["2099-01-01", "2025-11-25"],
    [undefined, "2025-11-25"],
  ])("initialize with %j agrees on %s", async (protocolVersion, agreed) => {
    const { body } = await ask(tenant, "initialize", { protocolVersion, capabilities: {} });
    expect(body.result).toMatchObject({
      protocolVersion: agreed,
      capabilities: { tools: {} },
      serverInfo: { name: "edge-operations" },
    });
  });
});

describe("2026-07-28", () => {
  test("server/discover and tools/list say all that clients want", async () => {
    const discovered = await askModern(tenant, "server/discover");
    expect([discovered.status, discovered.body.result]).toMatchObject([
      200,
      {
        resultType: "complete",
        ttlMs: 60_000,
        cacheScope: "private",
        supportedVersions: ["2026-07-28"],
        _meta: { "io.modelcontextprotocol/serverInfo": { name: "edge-operations" } },
      },
    ]);
    const { body } = await askModern(tenant, "tools/list");
    expect(body.result).toMatchObject({
      resultType: "complete",
      ttlMs: 60_000,
      cacheScope: "private",
    });
    expect(body.result.tools[0]).not.toHaveProperty("execution");
  });

  test.each([["initialize"], ["ping"], ["tasks/list"], ["tasks/result"], ["subscriptions/listen"]])(
    "%s is 404 with -32601",
    async (method) => {
      const answer = await askModern(tenant, method, { taskId: "x" });
      expect([answer.status, answer.body.error?.code]).toEqual([404, -32_601]);
    },
  );

  test.each([
    ["mcp-protocol-version", undefined],
    ["mcp-protocol-version", "2025-11-25"],
    ["mcp-method", undefined],
    ["mcp-method", "tools/list"],
    ["mcp-name", undefined],
    ["mcp-name", "simulate"],
    ["mcp-name", "=?base64?%%?="],
  ])("with the header %s as %j is 400 with -32020", async (name, value) => {
    const call = framing("tools/call", { name: "echo", arguments: { input: 1 } });
    const { [name]: _, ...rest } = call.headers;
    const headers = value === undefined ? rest : { ...rest, [name]: value };
    const answer = await post(tenant, { ...call, headers });
    expect([answer.status, answer.body.error?.code]).toEqual([400, -32_020]);
    expect(await tenant.ids()).toEqual([]);
  });

  test("takes a name in base64", async () => {
    const call = framing("tools/call", { name: "echo", arguments: { input: 1 } });
    const headers = { ...call.headers, "mcp-name": `=?base64?${btoa("echo")}?=` };
    const answer = await post(tenant, { ...call, headers });
    expect([answer.status, answer.body.result?.content]).toEqual([
      200,
      [{ type: "text", text: "1" }],
    ]);
  });

  test("another version is 400 with -32022, and what there is", async () => {
    const call = framing("tools/list", {}, tasks);
    const meta = { "io.modelcontextprotocol/protocolVersion": "2027-01-01" };
    const answer = await post(tenant, {
      json: { ...call.json, params: { _meta: meta } },
      headers: { ...call.headers, "mcp-protocol-version": "2027-01-01" },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: -32_022,
      data: { supported: ["2026-07-28"], requested: "2027-01-01" },
    });
  });

  test("a result may be any JSON, its numbers as they were", async () => {
    const answer = await askModern(tenant, "tools/call", {
      name: "echo",
      arguments: { input: [1, "a"] },
    });
    expect(answer.body.result).toEqual({
      resultType: "complete",
      content: [{ type: "text", text: '[1,"a"]' }],
      structuredContent: [1, "a"],
    });
  });
});

describe("scopes", () => {
  test("a token that may only read sees and calls what reads", async () => {
    const reader = await Tenant.make(["read"], tenant.name);
    const { body } = await ask(reader, "tools/list");
    expect(body.result.tools.map(({ name }: { name: string }) => name)).toEqual([
      "operation_wait",
      "operation_get",
      "operation_list",
    ]);
    const listed = await ask(reader, "tools/call", { name: "operation_list" });
    expect(listed.body.result.structuredContent).toEqual({ operations: [] });
    for (const name of ["echo", "operation_cancel"]) {
      const refused = await ask(reader, "tools/call", { name, arguments: { id: "x" } });
      expect(refused.status).toBe(403);
      expect(refused.body.error?.data).toEqual({ code: "forbidden" });
    }
    expect(await tenant.ids()).toEqual([]);
  });

  test("another tenant's operation is not found", async () => {
    const { id } = await tenant.create({ kind: "echo", input: "secret" });
    const stranger = await Tenant.make();
    for (const name of ["operation_wait", "operation_get", "operation_cancel"]) {
      const { body } = await ask(stranger, "tools/call", { name, arguments: { id } });
      expect(body.result).toEqual({
        content: [
          {
            type: "text",
            text: `operation-not-found: Cannot find operation ${JSON.stringify(id)}`,
          },
        ],
        isError: true,
      });
    }
  });
});

describe("tools/call", () => {
  const events = { headers: { accept: "application/json, text/event-stream" } };
  const simulate = (args: object, meta: object = { progressToken: "p" }) => ({
    name: "simulate",
    arguments: args,
    _meta: meta,
  });

  test("with a progressToken is a stream of progress that grows, and then the result", async () => {
    const params = simulate({ duration: "1500ms", steps: 3, value: { a: 1 } });
    const answer = await ask(tenant, "tools/call", params, events);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const messages = messagesOf(answer.text) as { params?: { progress: number } }[];
    expect(answer.text).toMatch(
      /^event: message\ndata: \{"jsonrpc":"2.0","method":"notifications\/progress"/,
    );
    expect(messages.at(-1)).toEqual({
      jsonrpc: "2.0",
      id: 1,
      result: { content: [{ type: "text", text: '{"a":1}' }], structuredContent: { a: 1 } },
    });
    const told = messages.slice(0, -1);
    expect(told.length).toBeGreaterThan(1);
    expect(told[0]).toMatchObject({ params: { progressToken: "p", total: 100 } });
    const progress = told.map(({ params: of }) => of?.progress ?? 0);
    expect(progress.every((value, at) => at === 0 || value > (progress[at - 1] ?? 0))).toBe(true);
  });

  test("that is over at once is no stream, nor is one that asks for none", async () => {
    // Its object answers with the result of what it does itself, however busy the machine is.
    const quick = await ask(tenant, "tools/call", { ...simulate({}), name: "echo" }, events);
    expect(quick.headers.get("content-type")).toBe("application/json");
    const silent = await ask(tenant, "tools/call", simulate({ duration: "700ms" }, {}), events);
    expect(silent.headers.get("content-type")).toBe("application/json");
    const deaf = await ask(tenant, "tools/call", simulate({ duration: "700ms" }));
    expect(deaf.headers.get("content-type")).toBe("application/json");
  });

  test.each([[{}], [true], ["x".repeat(1_025)], [null]])(
    "refuses the progressToken %j",
    async (progressToken) => {
      const answer = await ask(tenant, "tools/call", simulate({}, { progressToken }), events);
      expect([answer.status, answer.body.error?.code]).toEqual([200, -32_602]);
      expect(await tenant.ids()).toEqual([]);
    },
  );

  test("an unknown argument of a tool for operations is told the model", async () => {
    const { body } = await ask(tenant, "tools/call", {
      name: "operation_list",
      arguments: { no: 1 },
    });
    expect(body.result).toEqual({
      content: [{ type: "text", text: "validation-failed: no: unknown field" }],
      isError: true,
    });
    expect(log.lines().filter(({ level }) => level === "error")).toEqual([]);
  });
});
