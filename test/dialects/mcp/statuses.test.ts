import { describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { ask, askModern } from "./ask.ts";

freshTenant();

// What was made by the native API, read as MCP shows it: each status, in both protocols, as a task, and as
// the result of a tool.

interface Case {
  readonly status: string;
  readonly create: object;
  readonly verb?: string;
  readonly legacy: object;
  readonly modern: object;
  /** What `operation_wait` returns. */
  readonly tool: object;
}

const simulate = (input: object) => ({ kind: "simulate", input });

const cases: readonly Case[] = [
  {
    status: "pending",
    create: { kind: "echo", startAfter: "1h" },
    legacy: { status: "working" },
    modern: { status: "working" },
    tool: { structuredContent: { status: "pending" } },
  },
  {
    status: "running",
    create: simulate({ outcome: "hang" }),
    legacy: { status: "working" },
    modern: { status: "working" },
    tool: { structuredContent: { status: "running" } },
  },
  {
    status: "input_required",
    create: simulate({ outcome: "ask", message: "Well?" }),
    legacy: { status: "input_required", statusMessage: "Well?" },
    modern: {
      status: "input_required",
      inputRequests: {},
    },
    tool: { structuredContent: { status: "input_required" } },
  },
  {
    status: "succeeded",
    create: { kind: "echo", input: { a: 1 } },
    legacy: { status: "completed" },
    modern: { status: "completed", result: { structuredContent: { a: 1 } } },
    tool: { structuredContent: { a: 1 } },
  },
  {
    status: "failed",
    create: simulate({ outcome: "fail", code: "teapot", message: "No coffee" }),
    legacy: { status: "failed", statusMessage: "teapot: No coffee" },
    modern: { status: "completed", result: { isError: true } },
    tool: { isError: true, content: [{ text: "teapot: No coffee" }] },
  },
  {
    status: "canceled",
    create: { kind: "echo", startAfter: "1h" },
    verb: ":cancel",
    legacy: { status: "cancelled" },
    modern: { status: "cancelled" },
    tool: { isError: true },
  },
];

describe("an operation of the native API that is", () => {
  test.each(cases)("$status", async ({ status, create, verb, legacy, modern, tool }) => {
    const { id: taskId } = await tenant.create(create);
    if (verb) await tenant.send(`/api/v1/operations/${taskId}${verb}`, { method: "POST" });
    await expect.poll(() => tenant.get(`/operations/${taskId}`)).toMatchObject({ status });
    const old = await ask(tenant, "tasks/get", { taskId });
    expect(old.body.result).toMatchObject({ taskId, ttl: 86_400_000, ...legacy });
    const now = await askModern(tenant, "tasks/get", { taskId });
    const { inputRequests, ...rest } = modern as { inputRequests?: object };
    expect(now.body.result).toMatchObject({
      resultType: "complete",
      taskId,
      ttlMs: 86_400_000,
      ...rest,
    });
    expect("inputRequests" in now.body.result).toBe(inputRequests !== undefined);
    const wait = { name: "operation_wait", arguments: { id: taskId, seconds: 0 } };
    expect((await ask(tenant, "tools/call", wait)).body.result).toMatchObject(tool);
  });

  test("made by MCP, is read by the native API", async () => {
    const call = { name: "echo", arguments: { input: [1] } };
    await ask(tenant, "tools/call", call);
    const { operations } = await tenant.get<{ operations: object[] }>("/operations");
    expect(operations).toMatchObject([
      { kind: "echo", status: "succeeded", result: [1], labels: {} },
    ]);
  });
});
