import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult, Progress } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";

// The client of MCP up to 2025-11-25, unmodified. One of the service is several objects.

const on = serving({ env: { SHARDS: "3", EXTERNAL_KINDS: "resize,a.b" } });
let client: Client;

/** connected returns a client that has said hello with a token. */
async function connected(token = "test-token"): Promise<Client> {
  const made = new Client({ name: "a-host", version: "1.0.0" });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const transport = new StreamableHTTPClientTransport(new URL(`${on.served.url}/api/mcp`), {
    requestInit,
  });
  await made.connect(transport as Transport);
  return made;
}

async function call(
  name: string,
  args?: Record<string, unknown>,
  options: Parameters<Client["callTool"]>[2] = {},
): Promise<CallToolResult> {
  const params = args === undefined ? { name } : { name, arguments: args };
  return (await client.callTool(params, undefined, options)) as CallToolResult;
}

beforeAll(async () => {
  client = await connected();
});

afterAll(() => client.close());

describe("initialize", () => {
  it("agrees on 2025-11-25, and says who serves", () => {
    expect(client.getServerVersion()).toEqual({ name: "edge-operations", version: "0.1.0" });
    expect(client.getServerCapabilities()).toMatchObject({ tools: {} });
    expect(client.getInstructions()).toContain("operation_wait");
  });

  it("is refused without a good token", async () => {
    await expect(connected("wrong")).rejects.toMatchObject({ code: 401 });
  });

  it("ping is answered", async () => {
    expect(await client.ping()).toEqual({});
  });
});

describe("tools/list", () => {
  it("has the kinds, those of workers elsewhere too, and the tools for operations", async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "a_b",
      "echo",
      "http",
      "resize",
      "simulate",
      "operation_wait",
      "operation_get",
      "operation_cancel",
      "operation_list",
    ]);
    for (const { inputSchema } of tools) expect(inputSchema.type).toBe("object");
    const { description, inputSchema } = tools.find(({ name }) => name === "simulate") ?? {};
    expect(description).toMatch(/^Takes a while/);
    expect(inputSchema?.properties).toHaveProperty("duration");
  });
});

describe("tools/call", () => {
  it("returns a result as text, and an object as it is", async () => {
    const input = { "42": "answer", deep: [{ a: null }] };
    expect(await call("echo", { input })).toEqual({
      content: [{ type: "text", text: JSON.stringify(input) }],
      structuredContent: input,
    });
    expect(await call("echo", { input: "plain" })).toEqual({
      content: [{ type: "text", text: "plain" }],
    });
    expect(await call("echo", { input: [1, 2] })).toEqual({
      content: [{ type: "text", text: "[1,2]" }],
    });
  });

  it("outlasts the client's timeout by telling of its progress", async () => {
    const progress: Progress[] = [];
    const slow = { duration: "8s", steps: 16, value: { done: true } };
    const result = await call("simulate", slow, {
      timeout: 6_000,
      resetTimeoutOnProgress: true,
      onprogress: (news) => progress.push(news),
    });
    expect(result.structuredContent).toEqual({ done: true });
    const values = progress.map((news) => news.progress);
    expect(values.length).toBeGreaterThan(3);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({
      total: 100,
      message: expect.stringMatching(/^step \d/),
    });
    // Without the client being told, it gives up.
    await expect(call("simulate", slow, { timeout: 1_500 })).rejects.toMatchObject({
      code: -32_001,
    });
  });

  it("tells of a failure with its code and message", async () => {
    const failing = { outcome: "fail", code: "teapot", message: "No coffee here" };
    expect(await call("simulate", failing)).toEqual({
      content: [{ type: "text", text: "teapot: No coffee here" }],
      isError: true,
    });
  });

  it("tells the model of bad input, and stores nothing", async () => {
    const ids = async () => {
      const { structuredContent } = await call("operation_list", { limit: 100 });
      return (structuredContent as { operations: { id: string }[] }).operations.map(({ id }) => id);
    };
    const before = await ids();
    const result = await call("simulate", { duraton: "1s" });
    expect(result.isError).toBe(true);
    expect(result.content).toEqual([
      { type: "text", text: "validation-failed: input.duraton: unknown field" },
    ]);
    expect(await ids()).toEqual(before);
  });

  it("of a tool that there is not is an error", async () => {
    await expect(call("brew", {})).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining('Unknown tool: "brew"'),
    });
  });

  it("a result of 1 MB is a link", async () => {
    const result = await call("echo", { input: "x".repeat(1_000_000) });
    const [told, link] = result.content;
    const { resultUrl, mediaType } = result.structuredContent as Record<string, string>;
    expect(mediaType).toBe("application/json");
    expect(told).toEqual({ type: "text", text: JSON.stringify({ resultUrl, mediaType }) });
    expect(link).toMatchObject({ type: "resource_link", uri: resultUrl, size: 1_000_002 });
    const answer = await on.client.raw((resultUrl ?? "").slice(on.served.url.length));
    expect((await answer.text()).length).toBe(1_000_002);
  });

  it("goes on after its client has gone, and is found and canceled by tools", async () => {
    const abort = new AbortController();
    const calling = call(
      "simulate",
      { outcome: "hang" },
      { signal: abort.signal, onprogress: () => abort.abort("gone") },
    );
    await expect(calling).rejects.toThrow("gone");
    const listed = await call("operation_list", { status: "running" });
    const { operations } = listed.structuredContent as {
      operations: { id: string; kind: string }[];
    };
    const { id = "", kind } = operations[0] ?? {};
    expect(kind).toBe("simulate");
    expect(await call("operation_wait", { id, seconds: 0 })).toEqual({
      content: [
        { type: "text", text: `Still running: operation ${id}. Call operation_wait with this id.` },
      ],
      structuredContent: { operationId: id, status: "running" },
    });
    expect((await call("operation_get", { id })).structuredContent).toMatchObject({
      status: "running",
    });
    expect((await call("operation_cancel", { id })).structuredContent).toMatchObject({
      status: "canceled",
    });
    expect(await call("operation_wait", { id })).toMatchObject({ isError: true });
    expect((await call("operation_get", { id: "none" })).content).toEqual([
      { type: "text", text: 'operation-not-found: Cannot find operation "none"' },
    ]);
  });
});
