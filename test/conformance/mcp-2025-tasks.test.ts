import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolResultSchema,
  ElicitRequestSchema,
  type ElicitResult,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";

// The experimental tasks of the client of MCP 2025-11-25, unmodified: what VS Code's Copilot speaks.

const on = serving({ env: { SHARDS: "3" }, restarts: true });
let client: Client;
const asked: unknown[] = [];
let reply: ElicitResult = { action: "cancel" };

beforeAll(async () => {
  const capabilities = { elicitation: { form: {} } };
  client = new Client({ name: "a-host", version: "1.0.0" }, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return reply;
  });
  const requestInit = { headers: { authorization: "Bearer test-token" } };
  const url = new URL(`${on.served.url}/api/mcp`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }) as Transport);
  // The client notes which tools can be tasks.
  await client.listTools();
});

afterAll(() => client.close());

interface Told {
  readonly type: string;
  readonly task?: { readonly taskId: string; readonly status: string; readonly ttl: number | null };
  readonly result?: object;
  readonly error?: Error;
}

/** Calls `simulate` as a task, and returns all that the client tells of it. */
async function stream(
  args: Record<string, unknown>,
  heard: (told: Told) => Promise<void> = async () => {},
): Promise<Told[]> {
  const told: Told[] = [];
  const params = { name: "simulate", arguments: args };
  const options = { task: { ttl: 600_000 } };
  const tasks = client.experimental.tasks.callToolStream(params, CallToolResultSchema, options);
  for await (const one of tasks) {
    told.push(one as Told);
    await heard(one as Told);
  }
  return told;
}

describe("the client's tasks", () => {
  it("are created, polled, and end with the result", async () => {
    const told = await stream({ duration: "1500ms", steps: 2, value: { a: 1 } });
    expect(told[0]).toMatchObject({
      type: "taskCreated",
      task: { status: "working", ttl: 600_000 },
    });
    expect(told.at(-2)).toMatchObject({ type: "taskStatus", task: { status: "completed" } });
    const taskId = told[0]?.task?.taskId;
    expect(told.at(-1)).toMatchObject({
      type: "result",
      result: {
        content: [{ type: "text", text: '{"a":1}' }],
        structuredContent: { a: 1 },
        _meta: { "io.modelcontextprotocol/related-task": { taskId } },
      },
    });
  });

  it("that fail say why in the status, and in the result", async () => {
    const told = await stream({ outcome: "fail", code: "teapot", message: "No coffee" });
    expect(told.at(-2)?.task).toMatchObject({
      status: "failed",
      statusMessage: "teapot: No coffee",
    });
    expect(told.at(-1)?.error?.message).toMatch(/Task \w+ failed/);
    const { tasks } = client.experimental;
    const result = await tasks.getTaskResult(told[0]?.task?.taskId ?? "", CallToolResultSchema);
    expect(result).toMatchObject({ isError: true, content: [{ text: "teapot: No coffee" }] });
  });

  it("are canceled, listed page by page, and not found where there are none", async () => {
    const { tasks } = client.experimental;
    let id = "";
    const told = await stream({ outcome: "hang" }, async ({ type, task }) => {
      if (type !== "taskCreated") return;
      id = task?.taskId ?? "";
      expect(await tasks.cancelTask(id)).toMatchObject({ taskId: id, status: "cancelled" });
    });
    expect(told.at(-1)?.error?.message).toMatch(/was cancelled/);
    await expect(tasks.cancelTask(id)).rejects.toThrow("already in terminal status");
    await expect(tasks.getTask("none")).rejects.toThrow("Task not found");
    for (let one = 0; one < 100; one++) await on.client.create({ kind: "echo" });
    const first = await tasks.listTasks();
    expect(first.tasks).toHaveLength(100);
    const second = await tasks.listTasks(first.nextCursor);
    expect(second.tasks.map(({ taskId }) => taskId)).toContain(id);
  });

  it("ask the client's user, and go on with the answer", async () => {
    reply = { action: "accept", content: { value: '{"n":42}' } };
    const told = await stream({ outcome: "ask", message: "How many?" });
    expect(asked.at(-1)).toMatchObject({
      message: "How many?",
      requestedSchema: { type: "object", properties: { value: { type: "string" } } },
    });
    expect(told.at(-1)).toMatchObject({
      type: "result",
      result: { structuredContent: { answer: { n: 42 } } },
    });
  });

  it("that the user declines are cancelled", async () => {
    reply = { action: "decline" };
    const told = await stream({ outcome: "ask" });
    expect(told.at(-1)?.error?.message).toMatch(/was cancelled/);
  });

  it("outlive the service", async () => {
    const told = await stream({ duration: "2s", value: { survived: true } }, async ({ type }) => {
      if (type === "taskCreated") await on.served.crash();
    });
    expect(told.at(-1)).toMatchObject({
      type: "result",
      result: { structuredContent: { survived: true } },
    });
  });
});
