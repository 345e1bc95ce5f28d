import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { dialects } from "../../../src/dialects/index.ts";
import { createOperations } from "../../../src/operations.ts";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { type Call, origin, send, Tenant } from "../../edge/tenant.ts";
import { Stream } from "../native/watching/watching.ts";
import { Writer } from "../native/watching/writer.ts";

freshTenant();

const base = "/api/replicate/v1";
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

function expectError(answer: Answer, status: number, detail: RegExp): void {
  expect(answer.headers.get("content-type")).toBe("application/json");
  const { title, invalid_fields: _, ...rest } = answer.body;
  expect(title).toEqual(expect.any(String));
  expect([answer.status, rest]).toEqual([
    status,
    { detail: expect.stringMatching(detail), status },
  ]);
}

describe("errors", () => {
  test.each([
    ["GET", "", undefined, 404, /^Cannot find that path/],
    ["GET", `/predictions/${none}`, undefined, 404, /^Cannot find operation/],
    ["POST", `/predictions/${none}/cancel`, undefined, 404, /^Cannot find operation/],
    ["GET", `/predictions/${none}/stream`, undefined, 404, /^Cannot find operation/],
    ["GET", "/predictions?page=2", undefined, 422, /^page: Unknown/],
    ["GET", "/predictions?cursor=x", undefined, 422, /^pageToken: /],
    ["POST", "/predictions", {}, 422, /^version: must be the name of a kind/],
    ["POST", "/predictions", { version: "me/echo:", input: {} }, 422, /^version: /],
    ["POST", "/predictions", { version: "none", input: {} }, 404, /^Cannot find kind "none"/],
    ["POST", "/predictions", { version: "echo", inputs: {} }, 422, /inputs/],
    ["POST", "/models/me/simulate/predictions", { input: { steps: -1 } }, 422, /^input.steps: /],
    ["GET", "/models/me/none", undefined, 404, /^Cannot find kind "none"/],
    ["GET", "/models/me/none/versions", undefined, 404, /^Cannot find kind "none"/],
    ["GET", "/models/me/echo/versions/none", undefined, 404, /^Cannot find kind "none"/],
    ["POST", "/models", {}, 405, /allowed: GET, HEAD$/],
    ["POST", "/files", undefined, 501, /^File uploads are not supported/],
    ["PUT", "/predictions", {}, 405, /allowed: GET, HEAD, POST$/],
  ])("%s %s %j is %i", async (method, path, json, status, detail) => {
    expectError(await ask(method, path, json), status, detail);
    expect(await tenant.ids()).toEqual([]);
  });

  test("what is wrong with an input is told field by field", async () => {
    const input = { steps: -1, duration: "x" };
    const { body } = await ask("POST", "/predictions", { version: "simulate", input });
    const fields = body.invalid_fields as { field: string; description: string }[];
    expect(fields.map(({ field }) => field).sort()).toEqual(["input.duration", "input.steps"]);
  });

  test("nobody, a stranger, a token without the scope, and too many requests", async () => {
    expectError(await answerOf(await send(`${base}/predictions`)), 401, /^A token is required/);
    const { id } = await tenant.create({ kind: "echo" });
    const theirs = await (await Tenant.make()).send(`${base}/predictions/${id}`);
    expectError(await answerOf(theirs), 404, /^Cannot find operation/);
    expectError(await ask("GET", "/webhooks/default/secret"), 403, /lacks the scope admin/);
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    expectError(await ask("GET", "/predictions", undefined, { config: { RATE_LIMIT } }), 429, /./);
  });
});

describe("the secret of webhooks", () => {
  const config = { WEBHOOK_SECRET: `whsec_${btoa("k".repeat(24))}` };
  const asked = async (of: Tenant, more: object = {}) => {
    const path = `${base}/webhooks/default/secret`;
    return answerOf(await of.send(path, { config: { ...config, ...more } }));
  };

  test("is told to an admin where there is one tenant", async () => {
    const only = await Tenant.make(["admin"], "default");
    expect((await asked(only)).body).toEqual({ key: config.WEBHOOK_SECRET });
  });

  test("is told to nobody where other tenants have it too", async () => {
    const only = await Tenant.make(["admin"], "default");
    const other = await Tenant.make(["admin"]);
    const TOKENS = JSON.stringify({ ...JSON.parse(only.tokens), ...JSON.parse(other.tokens) });
    const why = /^The secret is shared by all tenants; ask the operator of this service$/;
    for (const one of [only, other]) expectError(await asked(one, { TOKENS }), 403, why);
    // One of its own is.
    const WEBHOOK_SECRET = `${config.WEBHOOK_SECRET} whroot_${btoa("r".repeat(24))}`;
    const [one, two] = [
      await asked(only, { TOKENS, WEBHOOK_SECRET }),
      await asked(other, { TOKENS, WEBHOOK_SECRET }),
    ].map(({ body }) => (body as { key: string }).key);
    expect(one).toMatch(/^whsec_/);
    expect(two).toMatch(/^whsec_/);
    expect(new Set([one, two, config.WEBHOOK_SECRET]).size).toBe(3);
  });

  test("is told to nobody where the Worker's own code says who asks", async () => {
    const grant = { tenant: "default", scopes: ["admin"] } as const;
    const { site } = createOperations({ kinds: {}, dialects, authenticate: () => grant });
    const request = new Request(new URL(`${base}/webhooks/default/secret`, origin));
    const altered = { ...env, ...config } as Cloudflare.Env;
    const told = await site(
      request as Parameters<typeof site>[0],
      altered,
      createExecutionContext() as ExecutionContext,
    );
    expectError(await answerOf(told), 403, /^The secret is shared by all tenants/);
  });
});

describe("who may not read", () => {
  const config = { TICKET_SECRET: "s".repeat(32) };
  const body = { version: "echo", input: { secret: 1 } };
  const headers = { prefer: "wait", "idempotency-key": "k" };

  test("sees the output of what it makes, and nothing of what its key has made before", async () => {
    const writer = await Tenant.make(["write"], tenant.name);
    const create = async () => {
      const call = { method: "POST", json: body, headers, config };
      const { authorization = "" } = { authorization: `Bearer ${writer.token}` };
      return answerOf(
        await writer.send(`${base}/predictions`, {
          ...call,
          headers: { ...headers, authorization },
        }),
      );
    };
    const made = await create();
    expect(made).toMatchObject({
      status: 201,
      body: { status: "succeeded", output: { secret: 1 } },
    });
    expect(made.body.urls).not.toHaveProperty("stream");
    const again = await create();
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.body).toMatchObject({ id: made.body.id, output: null });
    expect(JSON.stringify(again.body)).not.toContain("ticket");
    const path = `${base}/predictions/${made.body.id}/cancel`;
    const canceled = await answerOf(await writer.send(path, { method: "POST", config }));
    expect(canceled.body).toMatchObject({ status: "succeeded", output: null, input: {} });
    expect(JSON.stringify(canceled.body)).not.toContain("ticket");
  });
});

describe("a prediction", () => {
  test.each([
    ["pending", "starting"],
    ["running", "processing"],
    ["input_required", "processing"],
    ["succeeded", "succeeded"],
    ["failed", "failed"],
    ["canceled", "canceled"],
  ])("%s is %s", async (status, word) => {
    const outcomes: Record<string, string> = {
      failed: "fail",
      succeeded: "succeed",
      input_required: "ask",
    };
    const input = { outcome: outcomes[status] ?? "hang" };
    const startAfter = status === "pending" ? { startAfter: "1h" } : {};
    const { id } = await tenant.create({ kind: "simulate", input, ...startAfter });
    if (status === "canceled") {
      await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    }
    await expect.poll(async () => (await tenant.get(`/operations/${id}`)).status).toBe(status);
    const told = await ask("GET", `/predictions/${id}`);
    expect(told.body).toMatchObject({
      id,
      model: "edge/simulate",
      version: "simulate",
      input,
      status: word,
      output: null,
      error: word === "failed" || word === "canceled" ? expect.any(String) : null,
      logs: expect.any(String),
      started_at: status === "pending" ? null : expect.any(String),
      urls: {
        get: `https://edge.test${base}/predictions/${id}`,
        cancel: `https://edge.test${base}/predictions/${id}/cancel`,
      },
    });
    // Who streams it sends no token, so without tickets there is no such URL.
    expect(told.body.urls).not.toHaveProperty("stream");
  });

  test("shows a result of more than 1 MiB by its URL", async () => {
    for (const size of [1024 * 1024, 1024 * 1024 + 1]) {
      const input = "x".repeat(size - 2);
      const call = { headers: { prefer: "wait" }, config: { MAX_BODY: "2000000" } };
      const made = await ask("POST", "/predictions", { version: "echo", input }, call);
      const url = `https://edge.test${base}/predictions/${made.body.id}`;
      const isWhole = size === 1024 * 1024;
      for (const { body } of [made, await ask("GET", `/predictions/${made.body.id}`)]) {
        expect(body.output === (isWhole ? input : `${url}/output`)).toBe(true);
      }
      const file = await tenant.send(`${url}/output`);
      expect((await file.json()) === input).toBe(true);
    }
  });

  test("is made of a model, a deployment and a version alike, and says starting while it is not done", async () => {
    const input = { outcome: "hang" };
    for (const [path, body] of [
      ["/models/any/simulate/predictions", { input }],
      ["/deployments/any/simulate/predictions", { input, stream: true }],
      ["/predictions", { version: "any/thing:simulate", input }],
    ] as const) {
      const made = await ask("POST", path, body);
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ status: "starting", version: "simulate", input });
    }
    const waited = await ask(
      "POST",
      "/predictions",
      { version: "simulate", input },
      {
        headers: { prefer: "wait=1" },
      },
    );
    expect(waited.body.status).toBe("starting");
    expect(waited.headers.get("preference-applied")).toBe("wait=1");
    const { results } = (await ask("GET", "/predictions")).body as { results: object[] };
    expect(results).toHaveLength(4);
    expect(results[0]).toMatchObject({ status: "processing", input: {} });
  });

  test("is a line of the log by its route", async () => {
    await ask("POST", "/models/hidden/none/predictions", { input: {} });
    expect(log.requests().map(({ route }) => route)).toEqual([
      `${base}/models/{owner}/{name}/predictions`,
    ]);
    expect(log.text()).not.toContain("hidden");
  });
});

describe("what work writes", () => {
  const open = async (id: string) =>
    new Stream(await tenant.send(`${base}/predictions/${id}/stream`));
  const rest = async (stream: Stream) => {
    const told: [string | undefined, string | undefined][] = [];
    for (let one = await stream.block(); one; one = await stream.block()) {
      if (one.data !== undefined) told.push([one.event, one.data]);
    }
    return told;
  };
  const outputOf = async (id: string) => (await ask("GET", `/predictions/${id}`)).body.output;

  test("is the output while it runs, and streams as it comes", async () => {
    const writer = await Writer.begin();
    expect(await outputOf(writer.id)).toBe(null);
    await writer.write("one 😀");
    expect(await outputOf(writer.id)).toBe("one 😀");
    const stream = await open(writer.id);
    expect(await stream.block()).toMatchObject({ event: "output", data: "one 😀" });
    await writer.write("\ntwo");
    expect(await stream.block()).toMatchObject({ event: "output", data: "\ntwo" });
    await writer.end("null");
    expect(await rest(stream)).toEqual([["done", "{}"]]);
    // Work that results in nothing has what it wrote as its output.
    expect(await outputOf(writer.id)).toBe("one 😀\ntwo");
    expect(await rest(await open(writer.id))).toEqual([
      ["output", "one 😀\ntwo"],
      ["done", "{}"],
    ]);
  });

  test.each([
    ['"ab"', "ab", ["b"]],
    ['"a"', "a", []],
    ['{"tokens":1}', { tokens: 1 }, ['{"tokens":1}']],
  ])("goes on with the result %s", async (result, output, told) => {
    const writer = await Writer.begin();
    await writer.write("a");
    const stream = await open(writer.id);
    await writer.end(result);
    const wanted = ["a", ...told].map((data) => ["output", data]);
    expect(await rest(stream)).toEqual([...wanted, ["done", "{}"]]);
    expect(await outputOf(writer.id)).toEqual(output);
  });

  test("is void where another attempt writes anew, which is an error, and not the end of it", async () => {
    const writer = await Writer.begin();
    await writer.write("lost");
    const stream = await open(writer.id);
    expect(await stream.block()).toMatchObject({ data: "lost" });
    await writer.lose();
    expect(await rest(stream)).toEqual([["error", expect.stringContaining("written again")]]);
    expect(await outputOf(writer.id)).toBe(null);
  });

  test("shows 64 KiB of it while it runs, in whole characters", async () => {
    const writer = await Writer.begin();
    await writer.write("é".repeat(20_000));
    await writer.write("xé".repeat(20_000));
    const output = String(await outputOf(writer.id));
    expect(new TextEncoder().encode(output).length).toBe(64 * 1024);
    expect(output.endsWith("\ufffd")).toBe(false);
  });
});
