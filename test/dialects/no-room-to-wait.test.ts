import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import { configure } from "../edge/tenant.ts";
import { answerOf, data } from "./a2a/ask.ts";
import { ask } from "./mcp/ask.ts";
import { Writer } from "./native/watching/writer.ts";

configure({ MAX_WAITERS: "1" });
freshTenant();

// Where a tenant's sockets are all taken nobody may wait. What a request has done is told all the same.

/** Of a worker's that does not hear of the cancel meanwhile. */
let id = "";
/** What takes the only place; it is held, since a socket that nobody holds is closed some time. */
let socket: WebSocket | null = null;

beforeEach(async () => {
  const watched = await tenant.create({ kind: "echo", startAfter: "1h" });
  const watch = { headers: { upgrade: "websocket" } };
  ({ webSocket: socket } = await tenant.send(`/api/v1/operations/${watched.id}/watch`, watch));
  socket?.accept();
  ({ id } = await Writer.begin());
  expect((await tenant.send(`/api/v1/operations/${id}?wait=1s`)).status).toBe(429);
});

afterEach(() => socket?.close());

describe("a cancel is answered, of", () => {
  test.each([
    ["A2A", () => `/api/a2a/v1/tasks/${id}:cancel`],
    ["Replicate", () => `/api/replicate/v1/predictions/${id}/cancel`],
    ["OpenAI", () => `/api/openai/v1/responses/resp_${id}/cancel`],
  ])("%s", async (_, path) => {
    const { status, body } = await answerOf(await tenant.send(path(), { method: "POST" }));
    expect([status, body.id.replace("resp_", "")]).toEqual([200, id]);
  });

  test("MCP", async () => {
    const { body } = await ask(tenant, "tasks/cancel", { taskId: id });
    expect(body.result.taskId).toBe(id);
    const call = { name: "operation_cancel", arguments: { id } };
    const { result } = (await ask(tenant, "tools/call", call)).body;
    expect(result).toMatchObject({ structuredContent: { id, status: "running" } });
    expect(result).not.toHaveProperty("isError");
  });
});

test("a message of A2A is answered with the task that it has made", async () => {
  const json = data({ duration: "1h" }, "simulate");
  const { status, body } = await answerOf(await tenant.send("/api/a2a/v1/message:send", { json }));
  expect([status, body.task?.metadata]).toEqual([200, { kind: "simulate" }]);
});
