import { describe, expect, test, vi } from "vitest";
import { builtIn } from "../../../../src/kinds/index.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { ask, askModern, messagesOf, post } from "../ask.ts";

freshTenant();

const notFound = {
  code: -32_602,
  message: "Failed to retrieve task: Task not found",
};
const events = { headers: { accept: "application/json, text/event-stream" } };

/** Makes a task as clients of 2025 do. */
async function make(args: object, task: object = {}): Promise<string> {
  const { body } = await ask(tenant, "tools/call", { name: "simulate", arguments: args, task });
  return body.result.task.taskId;
}

/** Makes a task as clients of 2026 do, of work that takes its time. */
async function makeModern(args: object): Promise<string> {
  const { body } = await askModern(tenant, "tools/call", { name: "simulate", arguments: args });
  expect(body.result.resultType).toBe("task");
  return body.result.taskId;
}

describe("tasks of 2025-11-25", () => {
  test("are announced there, and not in revisions before", async () => {
    const hello = async (protocolVersion: string) =>
      (await ask(tenant, "initialize", { protocolVersion })).body.result.capabilities;
    expect(await hello("2025-11-25")).toEqual({
      tools: {},
      tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
    });
    expect(await hello("2025-06-18")).toEqual({ tools: {} });
    const headers = { "mcp-protocol-version": "2025-06-18" };
    const { body } = await ask(tenant, "tasks/list", {}, { headers });
    expect(body.error?.code).toBe(-32_601);
    const listed = await ask(tenant, "tools/list", {}, { headers });
    expect(listed.body.result.tools[0]).not.toHaveProperty("execution");
    const now = await ask(tenant, "tools/list", {});
    expect(now.body.result.tools[0].execution).toEqual({ taskSupport: "optional" });
    const own = now.body.result.tools.find(
      ({ name }: { name: string }) => name === "operation_get",
    );
    expect(own).not.toHaveProperty("execution");
  });

  test("a call with `task` is answered at once, with all that clients want", async () => {
    const call = { name: "simulate", arguments: { duration: "1h" }, task: { ttl: 60_000 } };
    const { body } = await ask(tenant, "tools/call", call);
    const { task } = body.result;
    expect(task).toEqual({
      taskId: expect.stringMatching(/^\w{30}$/),
      status: "working",
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      lastUpdatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      ttl: 60_000,
      pollInterval: 1_000,
    });
    const got = await ask(tenant, "tasks/get", { taskId: task.taskId });
    expect(got.body.result).toMatchObject({ taskId: task.taskId, status: "working", ttl: 60_000 });
    const wish = { ...call, task: { ttl: 10 ** 15 } };
    const granted = await ask(tenant, "tools/call", wish);
    expect(granted.body.result.task.ttl).toBe(720 * 3_600_000);
  });

  test.each([[{ ttl: -1 }], [{ ttl: 0 }], [{ ttl: "1h" }], [{ ttl: 1.5 }], [7], [null]])(
    "a call with the task %j is refused",
    async (task) => {
      const { body } = await ask(tenant, "tools/call", { name: "simulate", arguments: {}, task });
      expect(body.error?.code).toBe(-32_602);
      expect(await tenant.ids()).toEqual([]);
    },
  );

  test("bad input is an error, since no result is awaited; no tool for operations is a task", async () => {
    const wrong = { name: "simulate", arguments: { no: 1 }, task: {} };
    const refused = await ask(tenant, "tools/call", wrong);
    expect(refused.body.error).toMatchObject({
      code: -32_602,
      data: { errors: [{ path: "input.no", message: "unknown field" }] },
    });
    const own = await ask(tenant, "tools/call", { name: "operation_list", task: {} });
    expect(own.body.error?.code).toBe(-32_601);
  });

  test.each(["tasks/get", "tasks/result", "tasks/cancel"])(
    "%s knows its own tasks alone",
    async (method) => {
      const { id } = await tenant.create({ kind: "echo", input: "secret" });
      const stranger = await Tenant.make();
      for (const taskId of [id, "none", "", undefined, 7]) {
        const { status, body } = await ask(stranger, method, { taskId });
        expect([status, body.error]).toEqual([200, notFound]);
      }
    },
  );

  test("a task that fails says why in its status, and in its result", async () => {
    const taskId = await make({ outcome: "fail", code: "teapot", message: "No coffee" });
    const result = await ask(tenant, "tasks/result", { taskId });
    expect(result.body.result).toEqual({
      content: [{ type: "text", text: "teapot: No coffee" }],
      isError: true,
      _meta: { "io.modelcontextprotocol/related-task": { taskId } },
    });
    const { body } = await ask(tenant, "tasks/get", { taskId });
    expect(body.result).toMatchObject({ status: "failed", statusMessage: "teapot: No coffee" });
  });

  test("tasks/result waits, in a stream that stays open where the client reads one", async () => {
    let isAwaited = false;
    vi.spyOn(builtIn.simulate, "run").mockImplementation(async (_, op) => {
      while (!isAwaited) await scheduler.wait(5);
      for (const percent of [50, 100]) await op.progress(percent);
      return { a: 1 };
    });
    /** Asks for the result of work that goes on once somebody waits for it. */
    const result = async (params: object, call = {}) => {
      const waiters = async () => (await tenant.stats()).waiters;
      await eventually(async () => expect(await waiters()).toBe(0));
      isAwaited = false;
      const asked = ask(tenant, "tasks/result", { taskId: await make({}), ...params }, call);
      await eventually(async () => expect(await waiters()).toBeGreaterThan(0));
      isAwaited = true;
      return asked;
    };
    const answer = await result({}, events);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(answer.text).toMatch(/^: working\n\n/);
    expect(answer.body.result.structuredContent).toEqual({ a: 1 });
    const told = await result({ _meta: { progressToken: 5 } }, events);
    expect(messagesOf(told.text)[0]).toMatchObject({
      method: "notifications/progress",
      params: { progressToken: 5 },
    });
    const silent = await result({});
    expect(silent.headers.get("content-type")).toBe("application/json");
    expect(silent.body.result.structuredContent).toEqual({ a: 1 });
  });

  test("tasks/cancel ends a task, once", async () => {
    const taskId = await make({ outcome: "hang" });
    const { body } = await ask(tenant, "tasks/cancel", { taskId });
    expect(body.result).toMatchObject({ taskId, status: "cancelled" });
    const again = await ask(tenant, "tasks/cancel", { taskId });
    expect(again.body.error).toEqual({
      code: -32_602,
      message: "Cannot cancel task: already in terminal status",
    });
    const result = await ask(tenant, "tasks/result", { taskId });
    expect(result.body.error).toMatchObject({ code: -32_603, data: { taskId } });
  });

  test("tasks/list has pages, and refuses a cursor that is none", async () => {
    for (let one = 0; one < 101; one++) await tenant.create({ kind: "echo", input: one });
    const first = await ask(tenant, "tasks/list");
    expect(first.body.result.tasks).toHaveLength(100);
    const { nextCursor: cursor } = first.body.result;
    const second = await ask(tenant, "tasks/list", { cursor });
    expect(second.body.result.tasks).toHaveLength(1);
    expect(second.body.result).not.toHaveProperty("nextCursor");
    for (const wrong of ["x", 7, {}, { toString: 1 }]) {
      const { body } = await ask(tenant, "tasks/list", { cursor: wrong });
      expect(body.error).toEqual({ code: -32_602, message: "Unknown cursor" });
    }
  });

  test("a token that may only read reads tasks, and cancels none", async () => {
    const reader = await Tenant.make(["read"], tenant.name);
    const taskId = await make({ outcome: "hang" });
    expect((await ask(reader, "tasks/get", { taskId })).body.result.status).toBe("working");
    expect((await ask(reader, "tasks/cancel", { taskId })).status).toBe(403);
    expect((await ask(tenant, "tasks/get", { taskId })).body.result.status).toBe("working");
  });
});

describe("tasks of 2026-07-28", () => {
  test("the extension is announced as an empty object", async () => {
    const { body } = await askModern(tenant, "server/discover");
    expect(body.result.capabilities).toEqual({
      tools: {},
      extensions: { "io.modelcontextprotocol/tasks": {} },
    });
  });

  test("what ends soon is complete, and what takes longer is a task", async () => {
    const call = (args: object) =>
      askModern(tenant, "tools/call", { name: "simulate", arguments: args });
    const quick = await call({ value: { a: 1 } });
    expect(quick.body.result).toEqual({
      resultType: "complete",
      content: [{ type: "text", text: '{"a":1}' }],
      structuredContent: { a: 1 },
    });
    const slow = await call({ duration: "1h" });
    expect(slow.body.result).toEqual({
      resultType: "task",
      taskId: expect.stringMatching(/^\w{30}$/),
      status: "working",
      createdAt: expect.stringMatching(/Z$/),
      lastUpdatedAt: expect.stringMatching(/Z$/),
      ttlMs: 86_400_000,
      pollIntervalMs: 1_000,
    });
    const bad = await call({ no: 1 });
    expect(bad.body.result).toMatchObject({ resultType: "complete", isError: true });
  });

  test.each(["tasks/get", "tasks/update", "tasks/cancel"])(
    "%s from a client without the extension is 400 with -32021",
    async (method) => {
      const answer = await askModern(tenant, method, { taskId: "x" }, {});
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: -32_021,
        data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
      });
    },
  );

  test("a client without the extension never gets a task", async () => {
    const call = { name: "simulate", arguments: { duration: "2500ms", value: 7 } };
    const { body } = await askModern(tenant, "tools/call", call, {});
    expect(body.result).toMatchObject({ resultType: "complete", structuredContent: 7 });
  });

  test.each([
    [{ duration: "4s", value: [1] }, { structuredContent: [1] }, "completed"],
    [{ duration: "4s", outcome: "fail", code: "teapot" }, { isError: true }, "completed"],
  ])("tasks/get has the result of %j in it", async (args, result, status) => {
    const taskId = await makeModern(args);
    await tenant.get(`/operations/${taskId}?wait=20s`);
    const { body } = await askModern(tenant, "tasks/get", { taskId });
    expect(body.result).toMatchObject({
      resultType: "complete",
      taskId,
      status,
      result: { resultType: "complete", ...result },
    });
  });

  test("tasks/cancel is done at once, and again", async () => {
    const taskId = await makeModern({ outcome: "hang" });
    for (let time = 0; time < 2; time++) {
      const { body } = await askModern(tenant, "tasks/cancel", { taskId });
      expect(body.result).toEqual({ resultType: "complete" });
      await tenant.get(`/operations/${taskId}?wait=20s`);
    }
    const { body } = await askModern(tenant, "tasks/get", { taskId });
    expect(body.result.status).toBe("cancelled");
    expect(body.result).not.toHaveProperty("result");
    expect((await askModern(tenant, "tasks/get", { taskId: "none" })).body.error).toEqual(notFound);
  });

  describe("tasks/update", () => {
    /** An operation that asks, and its question as tasks/get has it. */
    async function asking(message = "Well?") {
      const taskId = await makeModern({ outcome: "ask", message });
      const { body } = await askModern(tenant, "tasks/get", { taskId });
      const [[key, request] = ["", {}]] = Object.entries<object>(body.result.inputRequests);
      return { taskId, key, request, status: body.result.status };
    }
    const update = (taskId: string, inputResponses: unknown) =>
      askModern(tenant, "tasks/update", { taskId, inputResponses });

    test("answers the question of a form", async () => {
      const { taskId, key, request, status } = await asking();
      expect([status, request]).toEqual([
        "input_required",
        {
          method: "elicitation/create",
          params: {
            mode: "form",
            message: "Well?",
            requestedSchema: {
              type: "object",
              properties: { value: { type: "string", description: "JSON" } },
              required: ["value"],
            },
          },
        },
      ]);
      const accept = { action: "accept", content: { value: '{"a":[1]}' } };
      const { body } = await update(taskId, { [key]: accept, other: { action: "decline" } });
      expect(body.result).toEqual({ resultType: "complete" });
      const ended = await tenant.get(`/operations/${taskId}?wait=20s`);
      expect(ended.result).toEqual({ answer: { a: [1] } });
      // Answered keys are left alone.
      expect((await update(taskId, { [key]: accept })).body.result).toEqual({
        resultType: "complete",
      });
    });

    test.each([
      [{ action: "accept" }],
      [{ action: "accept", content: {} }],
      [{ action: "accept", content: { value: "9007199254740993" } }],
      [{ action: "accept", content: { value: "x".repeat(17_000) } }],
      [{ action: "maybe" }],
      [7],
    ])("%# refuses what cannot be taken, and the question stays", async (response) => {
      const { taskId, key } = await asking();
      expect((await update(taskId, { [key]: response })).body.error?.code).toBe(-32_602);
      const { body } = await askModern(tenant, "tasks/get", { taskId });
      expect(Object.keys(body.result.inputRequests)).toEqual([key]);
    });

    test.each(["decline", "cancel"])("%s cancels the operation", async (action) => {
      const { taskId, key } = await asking();
      expect((await update(taskId, { [key]: { action } })).body.result).toBeDefined();
      expect(await tenant.get(`/operations/${taskId}?wait=20s`)).toMatchObject({
        status: "canceled",
      });
    });

    test("leaves keys alone that nobody asked, and refuses what are no responses", async () => {
      const { taskId } = await asking();
      expect((await update(taskId, { v9: { action: "cancel" } })).body.result).toBeDefined();
      expect((await update(taskId, [])).body.error?.code).toBe(-32_602);
      expect((await askModern(tenant, "tasks/get", { taskId })).body.result.status).toBe(
        "input_required",
      );
    });
  });
});

describe("questions in a stream", () => {
  /** Reads a stream up to what a message of it fits. */
  async function readTo(response: Response, method: string) {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    for (;;) {
      const found = messagesOf(text).find((one) => (one as { method?: string }).method === method);
      if (found) return { found: found as { id: string; params: unknown }, reader };
      const { value, done } = await reader.read();
      if (done) throw new Error(`The stream ended: ${text}`);
      text += new TextDecoder().decode(value);
    }
  }

  const call = (method: string, params: object) =>
    tenant.send("/api/mcp", { ...events, json: { jsonrpc: "2.0", id: 1, method, params } });

  test("tasks/result puts the question, takes the response, and ends with the result", async () => {
    const taskId = await make({ outcome: "ask", message: "Well?" });
    const { found, reader } = await readTo(
      await call("tasks/result", { taskId }),
      "elicitation/create",
    );
    expect(found).toMatchObject({
      jsonrpc: "2.0",
      id: expect.stringMatching(`^ask:${taskId}:`),
      params: {
        message: "Well?",
        _meta: { "io.modelcontextprotocol/related-task": { taskId } },
      },
    });
    const respond = (more: object) =>
      post(tenant, { json: { jsonrpc: "2.0", id: found.id, ...more } });
    // A client that knows no questions says so, and what it was asked stays open.
    const unknown = { error: { code: -32_601, message: "Method not found" } };
    expect((await respond(unknown)).status).toBe(202);
    const wrong = await respond({ result: { action: "accept" } });
    expect([wrong.status, wrong.body.error?.code]).toEqual([400, -32_602]);
    const stranger = await Tenant.make();
    const theirs = { jsonrpc: "2.0", id: found.id, result: { action: "cancel" } };
    expect((await post(stranger, { json: theirs })).status).toBe(202);
    const reading = await Tenant.make(["read"], tenant.name);
    expect((await post(reading, { json: theirs })).status).toBe(403);
    expect((await tenant.get(`/operations/${taskId}`)).status).toBe("input_required");
    const taken = await respond({ result: { action: "accept", content: { value: "yes" } } });
    expect([taken.status, taken.text]).toEqual([202, ""]);
    let text = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text += new TextDecoder().decode(next.value);
    }
    expect(messagesOf(text).at(-1)).toMatchObject({
      id: 1,
      result: { structuredContent: { answer: "yes" } },
    });
    expect((await respond({ result: { action: "cancel" } })).status).toBe(202);
  });

  test("a plain call puts it too, and a refusal cancels the operation", async () => {
    const params = {
      name: "simulate",
      arguments: { outcome: "ask" },
      _meta: { progressToken: 1 },
    };
    const { found, reader } = await readTo(await call("tools/call", params), "elicitation/create");
    await post(tenant, { json: { jsonrpc: "2.0", id: found.id, result: { action: "decline" } } });
    let text = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text += new TextDecoder().decode(next.value);
    }
    expect(messagesOf(text).at(-1)).toMatchObject({ result: { isError: true } });
  });
});
