import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import {
  createTaskSessionFromClient,
  type RawClientDispatch,
  resultFromTaskOutcome,
  type TaskEnabledSession,
} from "@modelcontextprotocol/ext-tasks/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";

// The client of MCP 2026-07-28 and its extension for tasks, unmodified. Around them stands what a host has:
// a function that sends a framed request, since the client itself reads no tasks.

const on = serving({ env: { SHARDS: "3" } });
const clientInfo = { name: "a-host", version: "1.0.0" };
const tasks = { "io.modelcontextprotocol/tasks": {} };
let client: Client;

beforeAll(async () => {
  client = new Client(clientInfo, { versionNegotiation: { mode: "auto" } });
  const headers = { authorization: "Bearer test-token" };
  const url = new URL(`${on.served.url}/api/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
});

afterAll(() => client.close());

/** Sends what the extension has framed, and hands back what came. */
const rawDispatch: RawClientDispatch = async (request, options) => {
  const { method, params } = request as { method: string; params: Record<string, unknown> };
  const name = params.name ?? params.taskId;
  const response = await fetch(`${on.served.url}/api/mcp`, {
    method: "POST",
    headers: {
      authorization: "Bearer test-token",
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": name }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: crypto.randomUUID(), method, params }),
    ...(options?.signal && { signal: options.signal }),
  });
  const body = (await response.json()) as { result?: never; error?: never };
  return body.error
    ? { kind: "error", error: body.error }
    : { kind: "result", result: body.result as never };
};

describe("the client", () => {
  it("finds the service by server/discover, and its tools", async () => {
    expect(client.getProtocolEra()).toBe("modern");
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, extensions: tasks });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "echo",
      "http",
      "simulate",
      "operation_wait",
      "operation_get",
      "operation_cancel",
      "operation_list",
    ]);
  });

  it("calls a tool without tasks, and gets a result of any JSON", async () => {
    const result = await client.callTool({ name: "echo", arguments: { input: [1, "a"] } });
    expect(result).toMatchObject({ content: [{ type: "text", text: '[1,"a"]' }] });
    expect(result.structuredContent).toEqual([1, "a"]);
  });

  it("outlasts its timeout by progress", async () => {
    const progress: number[] = [];
    const result = await client.callTool(
      { name: "simulate", arguments: { duration: "8s", steps: 16, value: { done: true } } },
      {
        timeout: 6_000,
        resetTimeoutOnProgress: true,
        onprogress: (news) => progress.push(news.progress),
      },
    );
    expect(result.structuredContent).toEqual({ done: true });
    expect(progress.length).toBeGreaterThan(3);
  });

  it("is told of a tool that there is not, and of one that fails", async () => {
    await expect(client.callTool({ name: "brew", arguments: {} })).rejects.toMatchObject({
      code: -32_602,
    });
    const failing = { outcome: "fail", code: "teapot", message: "No coffee" };
    expect(await client.callTool({ name: "simulate", arguments: failing })).toMatchObject({
      content: [{ type: "text", text: "teapot: No coffee" }],
      isError: true,
    });
  });
});

describe("the extension for tasks", () => {
  let session: TaskEnabledSession;
  const asked: unknown[] = [];
  let reply: Record<string, unknown> = {};

  beforeEach(() => {
    asked.length = 0;
    session = createTaskSessionFromClient(client, {
      endpointId: "edge-operations",
      rawDispatch,
      v2RequestFraming: {
        protocolVersion: "2026-07-28",
        clientInfo,
        clientCapabilities: { extensions: tasks, elicitation: { form: {} } },
      },
      onInputRequest: async (request) => {
        asked.push(request);
        return reply as never;
      },
    });
  });

  afterEach(() => session.close());

  async function settled(args: Record<string, unknown>, name = "simulate") {
    const execution = await session.callTool(name, args as never);
    return (await execution.settle()).outcome;
  }

  it("gets a result that is there at once", async () => {
    const outcome = await settled({ input: { a: 1 } }, "echo");
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ structuredContent: { a: 1 } });
  });

  it("polls a task to its result, any JSON", async () => {
    const outcome = await settled({ duration: "3s", value: [1, 2] });
    expect(outcome.task).toMatchObject({ status: "completed" });
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ structuredContent: [1, 2] });
  });

  it("reads a failure as a completed task whose result is an error", async () => {
    const outcome = await settled({ duration: "3s", outcome: "fail", code: "teapot" });
    expect(outcome.status).toBe("completed");
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ isError: true });
  });

  it("answers what a task asks", async () => {
    reply = { action: "accept", content: { value: "forty-two" } };
    const outcome = await settled({ outcome: "ask", message: "What is it?" });
    expect(asked).toMatchObject([{ kind: "elicitation", params: { message: "What is it?" } }]);
    expect(resultFromTaskOutcome(outcome)).toMatchObject({
      structuredContent: { answer: "forty-two" },
    });
  });

  it("declines what a task asks, and the task is cancelled", async () => {
    reply = { action: "decline" };
    expect(await settled({ outcome: "ask" })).toMatchObject({ status: "cancelled" });
  });
});
