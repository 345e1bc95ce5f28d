import { describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { send, Tenant } from "../../edge/tenant.ts";
import { type Answer, answerOf, ask, base, data, info, message, rpc } from "./ask.ts";

freshTenant();

const none = "0".repeat(30);

/** What the protocol says of each of its errors. Source: A2A 1.0, section 5.4. */
const told = {
  TASK_NOT_FOUND: [404, "NOT_FOUND", -32_001],
  PUSH_NOTIFICATION_NOT_SUPPORTED: [400, "FAILED_PRECONDITION", -32_003],
  CONTENT_TYPE_NOT_SUPPORTED: [400, "INVALID_ARGUMENT", -32_005],
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: [400, "FAILED_PRECONDITION", -32_007],
  INVALID_PARAMS: [400, "INVALID_ARGUMENT", -32_602],
} as const;

const push = { taskPushNotificationConfig: { url: "https://a.test" } };
const sent = "POST /message:send";
const configs = `/tasks/${none}/pushNotificationConfigs`;

const wrong: [string, string, unknown, keyof typeof told, RegExp][] = [
  ["GetTask", `GET /tasks/${none}`, { id: none }, "TASK_NOT_FOUND", /^Cannot find operation/],
  ["CancelTask", `POST /tasks/${none}:cancel`, { id: none }, "TASK_NOT_FOUND", /./],
  ["SubscribeToTask", `POST /tasks/${none}:subscribe`, { id: none }, "TASK_NOT_FOUND", /./],
  ["SubscribeToTask", `GET /tasks/${none}:subscribe`, { id: none }, "TASK_NOT_FOUND", /./],
  ["CreateTaskPushNotificationConfig", `POST ${configs}`, { taskId: none }, "TASK_NOT_FOUND", /./],
  ["GetExtendedAgentCard", "GET /extendedAgentCard", {}, "EXTENDED_AGENT_CARD_NOT_CONFIGURED", /./],
  ["SendMessage", sent, {}, "INVALID_PARAMS", /^message: must be a message/],
  ["SendMessage", sent, { message: { parts: [] } }, "INVALID_PARAMS", /^message.messageId: /],
  ["SendMessage", sent, { message: message([]) }, "INVALID_PARAMS", /^message.parts: /],
  ["SendMessage", sent, { message: message([{}]) }, "INVALID_PARAMS", /^message.parts\[0\]: /],
  [
    "SendMessage",
    sent,
    { message: message([{ text: "a" }, { raw: "aa" }]) },
    "CONTENT_TYPE_NOT_SUPPORTED",
    /^Files are not supported/,
  ],
  [
    "SendMessage",
    sent,
    { message: message([{ text: "a" }]) },
    "INVALID_PARAMS",
    /^metadata.kind: must be the name of a skill: echo, http, simulate$/,
  ],
  ["SendMessage", sent, data(1, "none"), "INVALID_PARAMS", /not "none": echo/],
  ["SendMessage", sent, data({ steps: -1 }, "simulate"), "INVALID_PARAMS", /^input.steps: /],
  [
    "SendMessage",
    sent,
    data(1, "echo", { contextId: "c".repeat(257) }),
    "INVALID_PARAMS",
    /^message.contextId: /,
  ],
  [
    "SendMessage",
    sent,
    data(1, "echo", { messageId: "ü" }),
    "INVALID_PARAMS",
    /^message.messageId: /,
  ],
  ["SendMessage", sent, data(1, "echo", { taskId: none }), "TASK_NOT_FOUND", /./],
  [
    "SendMessage",
    sent,
    { ...data(1), configuration: push },
    "PUSH_NOTIFICATION_NOT_SUPPORTED",
    /./,
  ],
  ["SendStreamingMessage", "POST /message:stream", data(1, "none"), "INVALID_PARAMS", /./],
  [
    "ListTasks",
    "GET /tasks?pageSize=0",
    { pageSize: 0 },
    "INVALID_PARAMS",
    /^pageSize: must be 1 to 100/,
  ],
  ["ListTasks", "GET /tasks?pageSize=101", { pageSize: 101 }, "INVALID_PARAMS", /^pageSize: /],
  ["ListTasks", "GET /tasks?pageToken=x", { pageToken: "x" }, "INVALID_PARAMS", /^pageToken: /],
  ["ListTasks", "GET /tasks?status=DONE", { status: "DONE" }, "INVALID_PARAMS", /^status: /],
  [
    "ListTasks",
    "GET /tasks?includeArtifacts=1",
    { includeArtifacts: ["true"] },
    "INVALID_PARAMS",
    /^includeArtifacts: /,
  ],
  [
    "ListTasks",
    "GET /tasks?statusTimestampAfter=now",
    { statusTimestampAfter: "now" },
    "INVALID_PARAMS",
    /^statusTimestampAfter: /,
  ],
];

describe("errors", () => {
  test.each(wrong)("%s: %s %j is %s", async (method, route, json, reason, text) => {
    const [code, status, rpcCode] = told[reason];
    const [verb = "", path = ""] = route.split(" ");
    const rest = await ask(verb, path, verb === "GET" ? undefined : json);
    const error = { code, status, message: expect.stringMatching(text) };
    expect(rest.body).toEqual({ error: { ...error, details: expect.any(Array) } });
    expect(rest.body.error.details[0]).toEqual(info(reason));
    expect([rest.status, rest.headers.get("content-type")]).toEqual([code, "application/json"]);
    const { body, status: http } = await rpc(method, json);
    expect([http, body.jsonrpc, body.id]).toEqual([200, "2.0", 7]);
    expect(body.error).toMatchObject({
      code: rpcCode,
      message: expect.stringMatching(text),
      data: expect.arrayContaining([info(reason)]),
    });
    expect(await tenant.ids()).toEqual([]);
  });

  test.each([
    ["", -32_700],
    ["{", -32_700],
    ["[]", -32_600],
    ['{"id":1,"method":"GetTask","params":{}}', -32_600],
    ['{"jsonrpc":"2.0","method":"GetTask","params":{}}', -32_600],
  ])("JSON-RPC refuses %j with %i", async (body, code) => {
    const headers = { "content-type": "application/json" };
    const call = { method: "POST", body, headers };
    const answer = await answerOf(await tenant.send("/api/a2a/rpc", call));
    expect([answer.status, answer.body.id, answer.body.error.code]).toEqual([400, null, code]);
  });

  test("an unknown method, and params that are none", async () => {
    expect((await rpc("tasks/get", {})).body.error.code).toBe(-32_601);
    expect((await rpc("constructor", {})).body.error.code).toBe(-32_601);
    expect((await rpc("ListTasks", undefined)).body.error.code).toBe(-32_602);
  });

  test("an unknown path, a wrong method, a parameter that nobody reads, a body that is no JSON", async () => {
    const error = async (answer: Promise<Answer>) => {
      const { status, body } = await answer;
      return [status, body.error.status];
    };
    expect(await error(ask("GET", "/nothing"))).toEqual([404, "NOT_FOUND"]);
    expect(await error(ask("PUT", "/tasks"))).toEqual([405, "UNIMPLEMENTED"]);
    expect(await error(ask("GET", "/tasks?tenant=a"))).toEqual([400, "INVALID_ARGUMENT"]);
    const json = { "content-type": "application/json" };
    const body = { method: "POST", body: "{", headers: json };
    expect(await error(ask("POST", "/message:send", undefined, body))).toEqual([
      400,
      "INVALID_ARGUMENT",
    ]);
    const text = { method: "POST", body: "{}", headers: { "content-type": "text/plain" } };
    const refused = await ask("POST", "/message:send", undefined, text);
    expect(refused.body.error.details).toEqual([info("CONTENT_TYPE_NOT_SUPPORTED")]);
  });

  test("another version of the protocol", async () => {
    const headers = (version: string) => ({ headers: { "a2a-version": version } });
    for (const version of ["0.3", "1.1", "x"]) {
      const rest = await ask("GET", "/tasks", undefined, headers(version));
      expect([rest.status, rest.body.error.details]).toEqual([
        400,
        [info("VERSION_NOT_SUPPORTED")],
      ]);
      expect((await rpc("ListTasks", {}, headers(version))).body.error.code).toBe(-32_009);
    }
    expect((await ask("GET", "/tasks", undefined, headers("1.0"))).status).toBe(200);
  });

  test("nobody, a stranger, too many requests: in the form of the binding", async () => {
    for (const [path, method] of [
      [`${base}/tasks`, "GET"],
      ["/api/a2a/agent-card.json", "GET"],
      ["/api/a2a/rpc", "POST"],
    ] as const) {
      const nobody = await answerOf(await send(path, { method }));
      expect(nobody.status).toBe(401);
      expect(nobody.headers.get("www-authenticate")).toBe('Bearer realm="operations"');
      expect(nobody.body.error.message).toMatch(/^A token is required/);
      if (method === "POST") expect(nobody.body).toMatchObject({ jsonrpc: "2.0", id: null });
      else expect(nobody.body.error.status).toBe("UNAUTHENTICATED");
    }
    const { id } = await tenant.create({ kind: "echo" });
    const theirs = await answerOf(await (await Tenant.make()).send(`${base}/tasks/${id}`));
    expect(theirs.body.error.details).toEqual([info("TASK_NOT_FOUND")]);
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    const limited = await ask("GET", "/tasks", undefined, { config: { RATE_LIMIT } });
    expect([limited.status, limited.body.error.status]).toEqual([429, "RESOURCE_EXHAUSTED"]);
    expect(limited.headers.get("retry-after")).toBe("5");
  });

  test("a page of another origin may ask for nothing that changes something", async () => {
    const headers = { origin: "https://elsewhere.test" };
    const refused = await rpc("SendMessage", data(1), { headers });
    expect([refused.status, refused.body.error.message]).toEqual([
      403,
      expect.stringMatching(/origin/),
    ]);
    expect((await rpc("ListTasks", {}, { headers })).status).toBe(200);
    expect(await tenant.ids()).toEqual([]);
  });
});
