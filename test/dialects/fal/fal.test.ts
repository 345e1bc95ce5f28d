import { afterEach, describe, expect, test, vi } from "vitest";
import { OperationsObject } from "../../../src/object/operations-object.ts";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { send, Tenant } from "../../edge/tenant.ts";
import { Stream } from "../native/watching/watching.ts";

freshTenant();

afterEach(() => {
  vi.restoreAllMocks();
});

const base = "/api/fal";
const external = { config: { EXTERNAL_KINDS: "resize" } };
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

/** Asks as the client does that was told of a proxy: one URL, and the real one in a header. */
async function ask(method: string, target: string, json?: unknown, call = {}): Promise<Answer> {
  const headers = {
    authorization: `Key ${tenant.token}`,
    "x-fal-target-url": `https://queue.fal.run${target}`,
  };
  return answerOf(await tenant.send(base, { method, json, headers, ...call }));
}

function expectDetail(answer: Answer, status: number, detail: RegExp): void {
  expect(answer.headers.get("content-type")).toBe("application/json");
  const text = expect.stringMatching(detail);
  expect([answer.status, answer.body]).toEqual([status, { detail: text, message: text }]);
}

async function submit(input: unknown, kind = "simulate"): Promise<string> {
  return String((await ask("POST", `/me/${kind}`, input)).body.request_id);
}

describe("errors", () => {
  test.each([
    ["GET", "/", undefined, 404, /^Cannot find that path/],
    ["GET", "/me/echo/requests", undefined, 404, /^Cannot find that path/],
    ["POST", "/me/echo/sub", {}, 404, /^Cannot find that path/],
    ["POST", "/me/none", {}, 404, /^Cannot find kind "none"/],
    ["GET", `/me/echo/requests/${none}`, undefined, 404, /^Cannot find operation/],
    ["GET", `/me/echo/requests/${none}/status`, undefined, 404, /^Cannot find operation/],
    ["GET", `/me/echo/requests/${none}/status/stream`, undefined, 404, /^Cannot find operation/],
    ["POST", `/me/echo/requests/${none}/cancel`, {}, 405, /allowed: PUT$/],
  ])("%s %s %j is %i", async (method, target, json, status, detail) => {
    expectDetail(await ask(method, target, json), status, detail);
  });

  test.each([
    ["/me/simulate", { steps: -1, duration: "x" }, ["steps", "duration"]],
    ["/me/http", { upstream: 1 }, ["upstream"]],
  ])("%s with %j is 422, and says where", async (target, input, fields) => {
    const { status, body } = await ask("POST", target, input);
    expect(status).toBe(422);
    const detail = body.detail as { loc: unknown[]; msg: string; type: string }[];
    for (const field of fields) {
      expect(detail.map(({ loc }) => loc)).toContainEqual(["body", field]);
    }
    expect(detail.every(({ msg, type }) => msg !== "" && type === "value_error")).toBe(true);
    expect(await tenant.ids()).toEqual([]);
  });

  test("what is misspelt in the query, a target elsewhere, a body that is no JSON", async () => {
    const query = await ask("POST", "/me/echo?fal_webhok=https://a.test", {});
    expect([query.status, query.body.detail]).toMatchObject([
      422,
      [{ loc: ["body", "fal_webhok"] }],
    ]);
    for (const target of ["https://rest.fal.ai/me/echo", "https://queue.fal.run.evil.test/", "x"]) {
      const headers = { authorization: `Key ${tenant.token}`, "x-fal-target-url": target };
      expectDetail(await ask("POST", "", {}, { headers }), 404, /^Cannot find that path/);
    }
    const broken = await tenant.send(`${base}/me/echo`, { method: "POST", body: "{" });
    expect(broken.status).toBe(415);
    expect(await tenant.ids()).toEqual([]);
  });

  test.each([
    ["PUT", "cancel?force=1", "force"],
    ["GET", "file?wait=1s", "wait"],
    ["GET", "file?ticket=a&tickets=b", "tickets"],
  ])("%s %s is refused for what it does not read", async (method, path, name) => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    const { status, body } = await ask(method, `/me/simulate/requests/${id}/${path}`);
    expect([status, body.detail]).toMatchObject([422, [{ loc: ["body", name] }]]);
    const direct = await tenant.send(`${base}/me/simulate/requests/${id}/${path}`, { method });
    expect(direct.status).toBe(422);
    const { status: now } = await tenant.get(`/operations/${id}`);
    expect(["pending", "running"]).toContain(now);
  });

  test("nobody, a stranger, a token without the scope, one elsewhere, and too many requests", async () => {
    const nobody = await answerOf(await send(`${base}/me/echo`, { json: {} }));
    expectDetail(nobody, 401, /^A token is required/);
    expect(nobody.headers.get("www-authenticate")).toBe('Key realm="operations"');
    const id = await submit({}, "echo");
    const stranger = await Tenant.make();
    const theirs = await stranger.send(`${base}/me/echo/requests/${id}/status`);
    expectDetail(await answerOf(theirs), 404, /^Cannot find operation/);
    const reader = await Tenant.make(["read"], tenant.name);
    const refused = await reader.send(`${base}/me/echo`, { json: {} });
    expectDetail(await answerOf(refused), 403, /lacks the scope write/);
    const headers = { authorization: `Key ${tenant.token}` };
    expect((await tenant.send("/api/v1/operations", { headers })).status).toBe(401);
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    const limited = await ask("POST", "/me/echo", {}, { config: { RATE_LIMIT } });
    expectDetail(limited, 429, /^Too many requests/);
  });
});

describe("a request in the queue", () => {
  test("is IN_QUEUE at first, whatever it takes, and says where it is to be asked for", async () => {
    const made = await ask("POST", "/workflows/me/echo", { a: 1 });
    const id = String(made.body.request_id);
    const url = `https://edge.test/api/fal/me/echo/requests/${id}`;
    expect(made.status).toBe(200);
    expect(made.headers.get("x-fal-request-id")).toBe(id);
    expect(made.body).toMatchObject({
      status: "IN_QUEUE",
      queue_position: 0,
      response_url: url,
      status_url: `${url}/status`,
      cancel_url: `${url}/cancel`,
    });
    await tenant.get(`/operations/${id}?wait=20s`);
    const status = await ask("GET", `/me/echo/requests/${id}/status?logs=1`);
    expect(status.status).toBe(200);
    expect(status.body).toMatchObject({
      status: "COMPLETED",
      logs: [],
      metrics: { inference_time: expect.any(Number) },
    });
    const direct = await tenant.send(`/api/fal/me/echo/requests/${id}`);
    expect(await direct.json()).toEqual({ a: 1 });
  });

  test.each([
    ["pending", 202, "IN_QUEUE", 400],
    ["running", 202, "IN_PROGRESS", 400],
    ["input_required", 202, "IN_PROGRESS", 400],
    ["succeeded", 200, "COMPLETED", 200],
    ["failed", 200, "COMPLETED", 422],
    ["canceled", 200, "COMPLETED", 499],
  ])("%s is %i %s, and its result %i", async (status, code, word, result) => {
    const outcomes: Record<string, string> = {
      failed: "fail",
      succeeded: "succeed",
      input_required: "ask",
    };
    const input = { outcome: outcomes[status] ?? "hang" };
    const startAfter = status === "pending" ? { startAfter: "1h" } : {};
    const { id } = await tenant.create({ kind: "simulate", input, ...startAfter });
    if (status === "canceled")
      await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await expect.poll(async () => (await tenant.get(`/operations/${id}`)).status).toBe(status);
    const told = await ask("GET", `/me/simulate/requests/${id}/status`);
    expect([told.status, told.body.status]).toEqual([code, word]);
    expect((await ask("GET", `/me/simulate/requests/${id}`)).status).toBe(result);
  });

  test("a result of more than 1 MiB is the answer too, as it is stored", async () => {
    const input = "x".repeat(1024 * 1024);
    const made = await ask("POST", "/me/echo", input, {
      headers: {
        authorization: `Key ${tenant.token}`,
        "x-fal-target-url": "https://queue.fal.run/me/echo",
      },
      config: { MAX_BODY: "2000000" },
    });
    const id = String(made.body.request_id);
    await tenant.get(`/operations/${id}?wait=20s`);
    const { body, headers } = await ask("GET", `/me/echo/requests/${id}`);
    expect((body as unknown) === input).toBe(true);
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-fal-request-id")).toBe(id);
  });

  test("tells what the work logs, where that is asked for", async () => {
    const { id } = await tenant.create({ kind: "resize" }, "", external);
    await tenant.object().claim({ kinds: ["resize"], max: 1, lease: 600_000 });
    const at = Date.parse("2026-11-26T12:00:00Z");
    const line = (level: "info" | "warning" | "error" | "fatal", message: string) => ({
      at,
      level,
      message,
    });
    const lines = [line("info", "a"), line("warning", "b"), line("error", "c"), line("fatal", "d")];
    await tenant
      .object()
      .report(id, { attempt: 1, log: lines, percentComplete: 40, statusMessage: "on" });
    const path = `/me/resize/requests/${id}/status`;
    const told = [
      ["a", "INFO"],
      ["b", "WARN"],
      ["c", "ERROR"],
      ["d", "ERROR"],
      ["40% on", "INFO"],
    ].map(([message, level]) => ({
      message,
      level,
      source: "USER",
      timestamp: expect.any(String),
    }));
    expect((await ask("GET", `${path}?logs=1`)).body.logs).toEqual(told);
    expect((await ask("GET", path)).body.logs).toEqual([]);
    const stream = new Stream(await tenant.send(`${base}${path}/stream?logs=1`));
    expect(JSON.parse((await stream.block())?.data ?? "").logs).toEqual(told);
    await tenant.object().end(id, { attempt: 1, result: "1", size: 1 });
    const last = JSON.parse((await stream.block())?.data ?? "");
    // The client puts together what the events of a stream say.
    expect([last.status, last.logs]).toEqual(["COMPLETED", []]);
    expect(await stream.block()).toBeUndefined();
    expect((await ask("GET", `${path}?logs=1`)).body.logs).toEqual(told);
  });

  test("reads what the work logs once a second of a stream, and tells each line once", async () => {
    const { id } = await tenant.create({ kind: "resize" }, "", external);
    await tenant.object().claim({ kinds: ["resize"], max: 1, lease: 600_000 });
    vi.useFakeTimers({ toFake: ["Date"] });
    const read = vi.spyOn(OperationsObject.prototype, "readAttempts");
    const path = `${base}/me/resize/requests/${id}/status/stream?logs=1`;
    const stream = new Stream(await tenant.send(path));
    const heard = async () => {
      const { logs } = JSON.parse((await stream.block())?.data ?? "");
      return logs.map((line: { message: string }) => line.message);
    };
    const report = async (attempt: number, message: string, percentComplete: number) => {
      const lines = [{ at: 0, level: "info" as const, message }];
      await tenant.object().report(id, { attempt, log: lines, percentComplete });
    };
    expect(await heard()).toEqual([]);
    await report(1, "a", 1);
    expect(await heard()).toEqual(["1%"]);
    for (const percent of [2, 3, 4]) {
      await report(1, "b", percent);
      expect(await heard()).toEqual([`${percent}%`]);
    }
    expect(read).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + 1_000);
    await report(1, "c", 5);
    expect(await heard()).toEqual(["a", "b", "b", "b", "c", "5%"]);
    expect(read).toHaveBeenCalledTimes(2);
    // The end waits for nothing.
    await report(1, "d", 5);
    await tenant.object().end(id, { attempt: 1, result: "1", size: 1 });
    const last: unknown[] = [];
    for (let block = await stream.block(); block; block = await stream.block()) {
      last.push(...JSON.parse(block.data ?? "").logs);
    }
    expect(last).toEqual([expect.objectContaining({ message: "d" })]);
    expect(read).toHaveBeenCalledTimes(3);
  });

  test("tells of all attempts together the last 64 KiB", async () => {
    const { id } = await tenant.create({ kind: "resize", retry: { maxAttempts: 9 } }, "", external);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await tenant.object().claim({ kinds: ["resize"], max: 1, lease: 600_000 });
      const lines = Array.from({ length: 25 }, (_, line) => ({
        at: 0,
        level: "info" as const,
        message: `${attempt}-${line}-`.padEnd(2_000, "x"),
      }));
      await tenant.object().report(id, { attempt, log: lines });
      if (attempt < 3) await tenant.object().release([{ id, attempt }]);
    }
    const path = `/me/resize/requests/${id}/status`;
    const { logs } = (await ask("GET", `${path}?logs=1`)).body as { logs: { message: string }[] };
    const places = logs.map(({ message }) => message.split("-").slice(0, 2).join("-"));
    expect([places[0], places.at(-1), places.length]).toEqual(["2-18", "3-24", 32]);
    const stream = new Stream(await tenant.send(`${base}${path}/stream?logs=1`));
    expect(JSON.parse((await stream.block())?.data ?? "").logs).toEqual(logs);
    await stream.leave();
  });

  test("a key makes it once, and for one webhook", async () => {
    const call = (target: string, input: unknown) =>
      ask("POST", target, input, {
        headers: {
          authorization: `Key ${tenant.token}`,
          "x-fal-target-url": `https://queue.fal.run${target}`,
          "idempotency-key": "k",
        },
      });
    const first = await call("/me/echo", { a: 1 });
    expect((await call("/me/echo", { a: 1 })).body.request_id).toBe(first.body.request_id);
    expect((await call("/me/echo", { a: 2 })).status).toBe(422);
    expect((await tenant.ids()).length).toBe(1);
  });

  test("is a line of the log by its route, without what its URL holds", async () => {
    await ask("GET", `/hidden/echo/requests/${none}/status?logs=1`);
    expect(log.requests().map(({ route }) => route)).toEqual([
      `${base}/{owner}/{kind}/requests/{id}/status`,
    ]);
    expect(log.text()).not.toContain("hidden");
  });
});
