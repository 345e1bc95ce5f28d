import { describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { type Call, send, Tenant } from "../../edge/tenant.ts";

freshTenant();

const base = "/api/openai/v1";
const none = "0".repeat(30);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Answer["body"] };
}

async function ask(method: string, path: string, json?: unknown, call: Call = {}): Promise<Answer> {
  return answerOf(await tenant.send(`${base}${path}`, { method, json, ...call }));
}

function expectError({ status, headers, body }: Answer, wanted: number, message: RegExp): void {
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("x-should-retry")).toBe(wanted === 429 ? null : "false");
  const type = wanted === 429 ? "rate_limit_error" : "invalid_request_error";
  expect([status, body]).toEqual([
    wanted,
    {
      error: {
        message: expect.stringMatching(message),
        type,
        param: body.error && (body.error as { param: unknown }).param,
        code: expect.any(String),
      },
    },
  ]);
}

const simulated = (input: object) => ({ model: "simulate", input: JSON.stringify(input) });

/** The text of the only message of a response. */
function textOf({ body }: Answer): unknown {
  const [message] = body.output as { content: { text: string }[] }[];
  return message?.content[0]?.text;
}

describe("errors", () => {
  test.each([
    ["GET", "", undefined, 404, /^Cannot find that path/],
    ["GET", `/responses/${none}`, undefined, 404, /^Cannot find operation/],
    ["GET", `/responses/resp_${none}?stream=true`, undefined, 404, /^Cannot find operation/],
    ["POST", `/responses/resp_${none}/cancel`, undefined, 404, /^Cannot find operation/],
    ["DELETE", `/responses/resp_${none}`, undefined, 404, /^Cannot find operation/],
    ["GET", `/responses/${none}?stream=yes`, undefined, 400, /^stream: must be true or false/],
    ["GET", `/responses/${none}?starting_after=1`, undefined, 400, /^starting_after: must be/],
    ["GET", `/responses/${none}?stream=true&starting_after=x`, undefined, 400, /^starting_after: /],
    ["GET", `/responses/${none}?include=x`, undefined, 400, /^include: Unknown/],
    ["GET", "/models/none", undefined, 404, /^Cannot find kind "none"/],
    ["POST", "/responses", [], 400, /^must be an object/],
    ["POST", "/responses", {}, 400, /^model: /],
    ["POST", "/responses", { model: "echo" }, 400, /^input: must be a string/],
    ["POST", "/responses", { model: "none", input: "x" }, 404, /^Cannot find kind "none"/],
    [
      "POST",
      "/responses",
      { model: "simulate", input: "x" },
      400,
      /^input: must have a JSON object/,
    ],
    ["POST", "/responses", simulated({ steps: -1 }), 400, /^input.steps: /],
    ["POST", "/responses", { ...simulated({}), temperature: 1 }, 400, /^temperature: the kind/],
    [
      "POST",
      "/responses",
      { ...simulated({}), background: true, store: false },
      400,
      /^store: must be true/,
    ],
    ["POST", "/responses", { ...simulated({}), metadata: { a: 1 } }, 400, /^metadata.a: /],
    ["POST", "/responses", { ...simulated({}), metadata: { "a b": "1" } }, 400, /^metadata/],
    [
      "POST",
      "/responses",
      { ...simulated({}), metadata: { a: "x".repeat(257) } },
      400,
      /^metadata.a: must be at most 256/,
    ],
    [
      "POST",
      "/responses",
      {
        ...simulated({}),
        metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`a${at}`, ""])),
      },
      400,
      /^metadata: at most 16 members/,
    ],
    [
      "POST",
      "/responses",
      { ...simulated({}), metadata: { webhook: "ftp://x" } },
      400,
      /^webhook: /,
    ],
    ["PUT", "/responses", {}, 405, /allowed: POST$/],
  ])("%s %s %j is %i", async (method, path, json, status, message) => {
    expectError(await ask(method, path, json), status, message);
    expect(await tenant.ids()).toEqual([]);
  });

  test("nobody, a stranger, a token without the scope, and too many requests", async () => {
    expectError(await answerOf(await send(`${base}/models`)), 401, /^A token is required/);
    const { id } = await tenant.create({ kind: "echo" });
    const theirs = await (await Tenant.make()).send(`${base}/responses/resp_${id}`);
    expectError(await answerOf(theirs), 404, /^Cannot find operation/);
    const reader = await Tenant.make(["read"], tenant.name);
    const call = { method: "POST", json: { model: "echo", input: "x" } };
    expectError(await answerOf(await reader.send(`${base}/responses`, call)), 403, /scope write/);
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    expectError(await ask("GET", "/models", undefined, { config: { RATE_LIMIT } }), 429, /./);
  });
});

describe("a response", () => {
  test.each([
    ["pending", "queued"],
    ["running", "in_progress"],
    ["input_required", "in_progress"],
    ["succeeded", "completed"],
    ["failed", "failed"],
    ["canceled", "cancelled"],
  ])("%s is %s", async (status, word) => {
    const outcomes: Record<string, string> = {
      failed: "fail",
      succeeded: "succeed",
      input_required: "ask",
    };
    const input = { outcome: outcomes[status] ?? "hang" };
    const startAfter = status === "pending" ? { startAfter: "1h" } : {};
    const labels = { team: "a" };
    const { id } = await tenant.create({ kind: "simulate", input, labels, ...startAfter });
    if (status === "canceled") {
      await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    }
    await expect.poll(async () => (await tenant.get(`/operations/${id}`)).status).toBe(status);
    const isError = word === "failed" || word === "cancelled";
    const { body } = await ask("GET", `/responses/resp_${id}`);
    expect(body).toMatchObject({
      id: `resp_${id}`,
      object: "response",
      status: word,
      model: "simulate",
      metadata: labels,
      created_at: expect.any(Number),
      completed_at: word === "completed" ? expect.any(Number) : null,
      error: isError
        ? {
            code: "server_error",
            type: "server_error",
            message: expect.stringMatching(/^\w+: ./),
          }
        : null,
      incomplete_details: null,
    });
    expect(body.output).toHaveLength(word === "completed" ? 1 : 0);
    expect((await ask("GET", `/responses/${id}`)).body).toEqual(body);
    const canceled = await ask("POST", `/responses/resp_${id}/cancel`);
    expect([canceled.status, canceled.body.status]).toEqual([
      200,
      word === "completed" || word === "failed" ? word : "cancelled",
    ]);
    const deleted = await ask("DELETE", `/responses/resp_${id}`);
    expect(deleted.body).toEqual({ id: `resp_${id}`, object: "response.deleted", deleted: true });
    expect(await tenant.ids()).toEqual([]);
  });

  test("is deleted also while it runs", async () => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    expect((await ask("DELETE", `/responses/${id}`)).body.deleted).toBe(true);
    expect(await tenant.ids()).toEqual([]);
  });

  test("has a text as it is, and any other JSON as JSON", async () => {
    for (const [value, text] of [
      ["grüße", "grüße"],
      [{ a: [1] }, '{"a":[1]}'],
      [null, "null"],
    ]) {
      expect(textOf(await ask("POST", "/responses", simulated({ value })))).toBe(text);
    }
  });

  test("has up to 1 MiB of a result, and of more its URL", async () => {
    for (const size of [1024 * 1024, 1024 * 1024 + 1]) {
      const input = JSON.stringify({ value: "x".repeat(size - 12) });
      const call = { config: { MAX_BODY: "3000000" } };
      const made = await ask("POST", "/responses", { model: "echo", input }, call);
      const id = String(made.body.id).replace("resp_", "");
      const resultUrl = `https://edge.test/api/v1/operations/${id}/result`;
      const whole = size === 1024 * 1024;
      const url = JSON.stringify({ resultUrl, mediaType: "application/json" });
      for (const answer of [made, await ask("GET", `/responses/${id}`)]) {
        expect(textOf(answer) === (whole ? input : url)).toBe(true);
      }
    }
  });

  test("is the same for a create repeated with its key, and without the scope to read shows nothing of it", async () => {
    const json = { model: "echo", input: '{"secret":1}', metadata: { team: "a" } };
    const call = { headers: { "idempotency-key": "k" } };
    const made = await ask("POST", "/responses", json, call);
    const again = await ask("POST", "/responses", json, call);
    expect([again.body, again.headers.get("idempotency-replayed")]).toEqual([made.body, "true"]);
    const other = await ask("POST", "/responses", { ...json, input: "x" }, call);
    expectError(other, 422, /key/i);
    const writer = await Tenant.make(["write"], tenant.name);
    const headers = { "idempotency-key": "k", authorization: `Bearer ${writer.token}` };
    const theirs = async (more: object) => {
      const sent = { method: "POST", json: { ...json, ...more }, headers };
      return answerOf(await writer.send(`${base}/responses`, sent));
    };
    expect((await theirs({})).body).toMatchObject({ id: made.body.id, output: [] });
  });

  test("is a kind's, which is a model", async () => {
    const { data, object } = (await ask("GET", "/models")).body as {
      object: string;
      data: { id: string }[];
    };
    expect(object).toBe("list");
    const ids = data.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted());
    expect(ids).toContain("simulate");
    const { body } = await ask("GET", "/models/simulate");
    expect(body).toEqual(data.find(({ id }) => id === "simulate"));
    const call = { config: { EXTERNAL_KINDS: "resize" } };
    expect((await ask("GET", "/models/resize", undefined, call)).body.id).toBe("resize");
  });

  test("shows no webhook, whose URL may let one in", async () => {
    const webhook = "https://hook.test/a?key=secret";
    const call = { config: { WEBHOOK_SECRET: `whsec_${btoa("k".repeat(24))}` } };
    const json = { ...simulated({}), background: true, metadata: { team: "a", webhook } };
    const { body } = await ask("POST", "/responses", json, call);
    expect(body.metadata).toEqual({ team: "a" });
    expect((await tenant.get(`/operations/${body.id}`.replace("resp_", ""))).labels).toEqual({
      team: "a",
    });
  });
});
