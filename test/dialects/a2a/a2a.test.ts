import { describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { echo } from "../../../src/kinds/echo.ts";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { send, Tenant } from "../../edge/tenant.ts";
import { answerOf, ask, base, data, info, message, rpc } from "./ask.ts";

freshTenant();

const none = "0".repeat(30);

describe("scopes", () => {
  test("who may only read sends nothing and cancels nothing", async () => {
    const reader = await Tenant.make(["read"], tenant.name);
    for (const method of ["SendMessage", "SendStreamingMessage", "CancelTask"]) {
      const json = { jsonrpc: "2.0", id: 1, method, params: data(1) };
      const { status, body } = await answerOf(await reader.send("/api/a2a/rpc", { json }));
      expect([status, body.error.message]).toEqual([403, "The token lacks the scope write"]);
    }
    expect(await tenant.ids()).toEqual([]);
  });

  test("who may only write sees what comes of its own message, and not of one that was sent before", async () => {
    const writer = await Tenant.make(["write"], tenant.name);
    const json = data({ secret: 1 });
    const sent = async () =>
      (await answerOf(await writer.send(`${base}/message:send`, { json }))).body.task;
    const made = await sent();
    expect(made.artifacts).toMatchObject([{ parts: [{ data: { secret: 1 } }] }]);
    expect(await sent()).toMatchObject({ id: made.id, artifacts: [] });
    const again = await writer.send(`${base}/message:stream`, { json });
    expect(JSON.stringify((await answerOf(again)).body)).not.toContain("secret");
  });
});

describe("a URL that lets in by itself", () => {
  test("is for who may read, and not for who may only write", async () => {
    const config = { TICKET_SECRET: "s".repeat(32), MAX_BODY: "2000000" };
    const writer = await Tenant.make(["write"], tenant.name);
    for (const [sender, lets] of [
      [tenant, true],
      [writer, false],
    ] as const) {
      const json = data("x".repeat(1024 * 1024));
      const { body } = await answerOf(await sender.send(`${base}/message:send`, { json, config }));
      const { url } = body.task.artifacts[0].parts[0];
      expect(url).toContain(`/tasks/${body.task.id}/result`);
      expect(new URL(url).searchParams.has("ticket")).toBe(lets);
      expect((await send(url, { config: { ...config, TOKENS: tenant.tokens } })).status).toBe(
        lets ? 200 : 401,
      );
    }
  });
});

describe("a card", () => {
  test("has what its clients want, and the kinds as skills", async () => {
    const call = { config: { EXTERNAL_KINDS: "resize" } };
    const { body } = await answerOf(await tenant.send("/api/a2a/agent-card.json", call));
    expect(body).toMatchObject({
      supportedInterfaces: [
        {
          url: "https://edge.test/api/a2a/v1",
          protocolBinding: "HTTP+JSON",
          protocolVersion: "1.0",
        },
        {
          url: "https://edge.test/api/a2a/rpc",
          protocolBinding: "JSONRPC",
          protocolVersion: "1.0",
        },
      ],
      capabilities: { streaming: true, pushNotifications: false },
      securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "Bearer" } } },
    });
    expect(body.skills.map(({ id }: { id: string }) => id)).toEqual([
      "echo",
      "http",
      "resize",
      "simulate",
    ]);
  });
});

describe("a message", () => {
  test("sent twice is one task; with the same id and other words it is refused", async () => {
    const sent = data([1.0, 12345678901234567890n.toString()]);
    const first = await ask("POST", "/message:send", sent);
    const again = await rpc("SendMessage", sent);
    expect(again.body.result.task.id).toBe(first.body.task.id);
    const other = { ...sent, message: { ...sent.message, parts: [{ data: 2 }] } };
    const refused = await ask("POST", "/message:send", other);
    expect([refused.status, refused.body.error.details[0]]).toEqual([400, info("INVALID_PARAMS")]);
    expect(await tenant.ids()).toEqual([first.body.task.id]);
  });

  test("keeps the numbers of its data as they were sent", async () => {
    const part = '{"data":{"a":12345678901234567890,"b":1.0}}';
    const body = `{"metadata":{"kind":"resize"},"configuration":{"returnImmediately":true},"message":{"messageId":"m","parts":[${part}]}}`;
    const headers = { "content-type": "application/json" };
    const call = { method: "POST", body, headers, config: { EXTERNAL_KINDS: "resize" } };
    const { task } = (await ask("POST", "/message:send", undefined, call)).body;
    const input = await tenant.send(`/api/v1/operations/${task.id}/input`);
    expect(await input.text()).toBe('{"input":{"a":12345678901234567890,"b":1.0}}');
  });

  test("names its kind itself, or is of the request's", async () => {
    const own = {
      message: message([{ text: "a" }, { text: "b" }], { metadata: { kind: "echo" } }),
    };
    const { task } = (await ask("POST", "/message:send", own)).body;
    expect(task).toMatchObject({ artifacts: [{ parts: [{ text: "a\nb" }] }] });
    expect(task.contextId).toBe(`ctx-${task.id}`);
    const both = { ...own, metadata: { kind: "none" } };
    expect((await ask("POST", "/message:send", both)).status).toBe(400);
  });

  test("a result that is null is no artifact", async () => {
    const { task } = (await ask("POST", "/message:send", data({}, "simulate"))).body;
    expect(task).toMatchObject({ status: { state: "TASK_STATE_COMPLETED" }, artifacts: [] });
  });

  test("an answer that the question's schema refuses is refused, and the question stays", async () => {
    const { task } = (await ask("POST", "/message:send", data({ outcome: "ask" }, "simulate")))
      .body;
    expect(task.status).toMatchObject({
      state: "TASK_STATE_INPUT_REQUIRED",
      message: { parts: [{ text: "What now?" }, { mediaType: "application/schema+json" }] },
    });
    const large = { message: message([{ data: "x".repeat(17_000) }], { taskId: task.id }) };
    expect((await ask("POST", "/message:send", large)).status).toBe(413);
    const { body } = await rpc("GetTask", { id: task.id });
    expect(body.result.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  });
});

describe("an answer", () => {
  test("that is sent again is no answer to what is asked next, and no error once the task has ended", async () => {
    vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
      const draft = await op.ask(z.string(), "Send the draft?");
      return [draft, await op.ask(z.string(), "Delete the original?")];
    });
    const { task } = (await ask("POST", "/message:send", data(1))).body;
    const answer = (text: string) => ({ message: message([{ text }], { taskId: task.id }) });
    const asks = (text: string) => ({ status: { message: { parts: [{ text }, {}] } } });
    const yes = answer("yes");
    expect(task).toMatchObject(asks("Send the draft?"));
    for (let times = 0; times < 2; times++) {
      const again = await ask("POST", "/message:send", yes);
      expect(again.body.task).toMatchObject(asks("Delete the original?"));
    }
    const together = await Promise.all([rpc("SendMessage", yes), rpc("SendMessage", yes)]);
    for (const { body } of together) {
      expect(body.result.task).toMatchObject(asks("Delete the original?"));
    }
    const no = answer("no");
    for (const sent of [no, no, yes]) {
      const { body } = await ask("POST", "/message:send", sent);
      expect(body.task).toMatchObject({
        status: { state: "TASK_STATE_COMPLETED" },
        artifacts: [{ parts: [{ data: ["yes", "no"] }] }],
      });
    }
    const late = await ask("POST", "/message:send", answer("yes"));
    expect(late.body.error.details[0]).toEqual(info("UNSUPPORTED_OPERATION"));
  });
});

describe("a list", () => {
  test("of the context that a task is called after has that task too, as the last", async () => {
    const first = (await ask("POST", "/message:send", data(1))).body.task;
    const { contextId } = first;
    const second = (await ask("POST", "/message:send", data(2, "echo", { contextId }))).body.task;
    await ask("POST", "/message:send", data(3));
    const pages = async (pageSize: number) => {
      const ids: string[] = [];
      for (let pageToken = "", at = 0; at === 0 || pageToken !== ""; at++) {
        const page = await rpc("ListTasks", { contextId, pageSize, pageToken });
        const { tasks, nextPageToken } = page.body.result;
        expect(tasks.length).toBeLessThanOrEqual(pageSize);
        ids.push(...tasks.map(({ id }: { id: string }) => id));
        pageToken = nextPageToken;
      }
      return ids;
    };
    for (const size of [1, 2, 3]) expect(await pages(size)).toEqual([second.id, first.id]);
  });

  test("has those of a state that changed after a time, and says how many there are", async () => {
    for (const value of [1, 2, 3]) await ask("POST", "/message:send", data(value));
    await ask("POST", "/message:send", data({ outcome: "fail" }, "simulate"));
    const list = async (query: string) => (await ask("GET", `/tasks?${query}`)).body;
    const page = await list("pageSize=2");
    expect(page).toMatchObject({ pageSize: 2, totalSize: 4 });
    // What is on a later page is not counted: that would ask every object again.
    const last = await list(`pageSize=2&pageToken=${page.nextPageToken}`);
    expect(last).toMatchObject({ totalSize: 2, nextPageToken: "" });
    const failed = await list("status=TASK_STATE_FAILED&historyLength=0");
    expect(failed).toMatchObject({ totalSize: 1, nextPageToken: "" });
    expect(failed.tasks).toHaveLength(1);
    expect((await list("status=TASK_STATE_REJECTED")).tasks).toEqual([]);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect((await list(`statusTimestampAfter=${later}`)).tasks).toEqual([]);
    expect((await list("statusTimestampAfter=2020-01-01T00:00:00Z")).tasks).toHaveLength(4);
  });
});

describe("the log", () => {
  test("names routes and no ids", async () => {
    await ask("GET", `/tasks/${none}:subscribe`);
    await ask("DELETE", `/tasks/${none}/pushNotificationConfigs/hidden`);
    expect(log.requests().map(({ route }) => route)).toEqual([
      `${base}/tasks/{id}:subscribe`,
      `${base}/tasks/{id}/pushNotificationConfigs/{config}`,
    ]);
    expect(log.text()).not.toContain("hidden");
  });
});
