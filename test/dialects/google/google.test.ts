import { describe, expect, test } from "vitest";
import { freshTenant, log, tenant } from "../../edge/fresh-tenant.ts";
import { send, Tenant } from "../../edge/tenant.ts";

freshTenant();

const base = "/api/google/v1";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Answer["body"] };
}

async function ask(method: string, path: string, json?: unknown, call = {}): Promise<Answer> {
  return answerOf(await tenant.send(`${base}${path}`, { method, json, ...call }));
}

function expectError(answer: Answer, code: number, status: string, message: RegExp): void {
  expect(answer.headers.get("content-type")).toBe("application/json");
  const error = { code, message: expect.stringMatching(message), status };
  expect([answer.status, answer.body]).toEqual([code, { error }]);
}

/** Creates one and returns its id. */
async function create(body: object): Promise<string> {
  const { body: made } = await ask("POST", "/operations", body);
  return String(made.name).replace("operations/", "");
}

const ended = (id: string) => tenant.get(`/operations/${id}?wait=20s`);

describe("errors", () => {
  test.each([
    ["GET", "/nothing", undefined, 404, "NOT_FOUND", /^Cannot find that path/],
    ["GET", "", undefined, 404, "NOT_FOUND", /^Cannot find that path/],
    ["GET", "/operations/1", undefined, 404, "NOT_FOUND", /^Cannot find operation "1"/],
    ["GET", "/operations/a/b", undefined, 404, "NOT_FOUND", /^Cannot find that path/],
    ["PUT", "/operations/1", {}, 405, "UNIMPLEMENTED", /allowed: DELETE, GET, HEAD$/],
    ["POST", "/operations/1:done", {}, 404, "NOT_FOUND", /^Cannot find that path/],
    ["POST", "/operations/1:cancel", {}, 404, "NOT_FOUND", /^Cannot find operation/],
    ["POST", "/operations/1:cancel", { a: 1 }, 404, "NOT_FOUND", /^Cannot find operation/],
    ["POST", "/operations/1:wait", {}, 404, "NOT_FOUND", /^Cannot find operation/],
    ["DELETE", "/operations/1", undefined, 404, "NOT_FOUND", /^Cannot find operation/],
    ["POST", "/operations", { kind: "none" }, 404, "NOT_FOUND", /^Cannot find kind "none"/],
    ["POST", "/operations", {}, 400, "INVALID_ARGUMENT", /^kind: /],
    ["POST", "/operations", { kind: "echo", a: 1 }, 400, "INVALID_ARGUMENT", /a/],
    ["GET", "/operations?fields=name", undefined, 400, "INVALID_ARGUMENT", /^fields: Unknown/],
    ["GET", "/operations?key=secret", undefined, 400, "INVALID_ARGUMENT", /^key: Unknown/],
    ["GET", "/operations?pageSize=-1", undefined, 400, "INVALID_ARGUMENT", /^pageSize: /],
    ["GET", "/operations?pageToken=x", undefined, 400, "INVALID_ARGUMENT", /^pageToken: /],
  ])("%s %s %j is %i %s", async (method, path, json, code, status, message) => {
    expectError(await ask(method, path, json), code, status, message);
  });

  test.each([
    "done",
    "done=yes",
    "done=true OR done=false",
    "metadata.status=running",
    'metadata.status="working"',
    'metadata.label="x"',
    'name="operations/1"',
    'metadata.kind="a" AND',
  ])("the filter %j is INVALID_ARGUMENT and quoted", async (filter) => {
    const answer = await ask("GET", `/operations?filter=${encodeURIComponent(filter)}`);
    expectError(answer, 400, "INVALID_ARGUMENT", /^filter: must be done=true, /);
  });

  test("a filter of more than 1,024 characters is refused before it is read", async () => {
    const filtered = (filter: string) =>
      ask("GET", `/operations?filter=${encodeURIComponent(filter)}`);
    const wide = `done=true${" ".repeat(1_002)}AND done=true`;
    expect((await filtered(wide)).status).toBe(200);
    expectError(
      await filtered(`${wide} `),
      400,
      "INVALID_ARGUMENT",
      /^filter: must be at most 1024/,
    );
  });

  test("nobody, a stranger and a token without the scope", async () => {
    const nobody = await answerOf(await send(`${base}/operations`));
    expectError(nobody, 401, "UNAUTHENTICATED", /^A token is required/);
    expect(nobody.headers.get("www-authenticate")).toBe('Bearer realm="operations"');
    const id = await create({ kind: "echo" });
    const stranger = await Tenant.make();
    const theirs = await answerOf(await stranger.send(`${base}/operations/${id}`));
    expectError(theirs, 404, "NOT_FOUND", /^Cannot find operation/);
    const reader = await Tenant.make(["read"], tenant.name);
    const refused = await reader.send(`${base}/operations/${id}:cancel`, { json: {} });
    expectError(await answerOf(refused), 403, "PERMISSION_DENIED", /lacks the scope write/);
    const waited = await reader.send(`${base}/operations/${id}:wait`, { json: {} });
    expect(waited.status).toBe(200);
  });

  test("too many requests, and a bad configuration", async () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    const limited = await ask("GET", "/operations", undefined, { config: { RATE_LIMIT } });
    expectError(limited, 429, "RESOURCE_EXHAUSTED", /^Too many requests/);
    expect(limited.headers.get("retry-after")).toBe("5");
    const bad = await ask("GET", "/operations", undefined, { config: { SHARDS: "0" } });
    expectError(bad, 503, "UNAVAILABLE", /SHARDS$/);
  });
});

describe("a result", () => {
  test("of more than 1 MiB is told by its URL", async () => {
    const input = "x".repeat(1024 * 1024);
    const call = { headers: { prefer: "wait=20" }, config: { MAX_BODY: "2000000" } };
    const made = await ask("POST", "/operations", { kind: "echo", input }, call);
    const id = String(made.body.name).replace("operations/", "");
    const { body } = await ask("GET", `/operations/${id}`);
    const resultUrl = `https://edge.test/api/v1/operations/${id}/result`;
    expect(body.response).toEqual({
      "@type": "type.googleapis.com/google.protobuf.Struct",
      value: { resultUrl, mediaType: "application/json" },
    });
  });
});

describe("names", () => {
  test.each([
    ["operations", "operations/"],
    ["operations/operations%2f", "operations/"],
    ["projects/p/operations", "projects/p/operations/"],
    ["projects/p/locations/eu%20west/operations", "projects/p/locations/eu west/operations/"],
    ["projects%2Fp%2Foperations", "projects/p/operations/"],
    ["a/operations/b/operations", "a/operations/b/operations/"],
  ])("%s/ID is told as %sID", async (path, name) => {
    const id = await create({ kind: "echo" });
    const slash = path.endsWith("%2f") ? "" : "/";
    const { body } = await ask("GET", `/${path}${slash}${id}`);
    expect(body.name).toBe(`${name}${id}`);
  });

  test("no line of the log has one", async () => {
    const id = await create({ kind: "echo" });
    await ask("GET", `/projects/hidden/operations/${id}`);
    expect(log.requests().map(({ route }) => route)).toEqual([
      `${base}/operations`,
      `${base}/operations/{id}`,
    ]);
    expect(log.text()).not.toContain("hidden");
  });
});

describe("what is asked", () => {
  test("a create with a key is made once; its metadata says what is known", async () => {
    const call = { headers: { "idempotency-key": "k1" } };
    const body = { kind: "echo", input: { a: 1 }, labels: { team: "a" }, startAfter: "1h" };
    const made = await ask("POST", "/operations", body, call);
    const again = await ask("POST", "/operations", body, call);
    expect(again.body.name).toBe(made.body.name);
    expect(made.body).toEqual({
      name: expect.stringMatching(/^operations\/\w{30}$/),
      done: false,
      metadata: {
        "@type": "type.googleapis.com/google.protobuf.Struct",
        value: {
          kind: "echo",
          status: "pending",
          createTime: expect.stringMatching(/Z$/),
          updateTime: expect.stringMatching(/Z$/),
          labels: { team: "a" },
          cancelRequested: false,
        },
      },
    });
    const other = await ask("POST", "/operations", { ...body, input: 2 }, call);
    expectError(other, 422, "INVALID_ARGUMENT", /key/);
  });

  test("wait returns at the end, or when the time is up", async () => {
    const input = { duration: "200ms", value: { a: 1 } };
    const short = await create({ kind: "simulate", input });
    const done = await ask("POST", `/operations/${short}:wait`, { timeout: "20s" });
    expect(done.body).toMatchObject({ done: true, response: { value: { a: 1 } } });
    const long = await create({ kind: "simulate", input: { outcome: "hang" } });
    const name = `operations/${long}`;
    const lapsed = await ask("POST", `/${name}:wait`, { name, timeout: "0.05s" });
    expect(lapsed.body).toMatchObject({ name, done: false });
    for (const timeout of ["1m", "-1s", "5", 5]) {
      const refused = await ask("POST", `/${name}:wait`, { timeout });
      expectError(refused, 400, "INVALID_ARGUMENT", /^timeout: /);
    }
  });

  test("cancel takes no body and an empty one that is called JSON, as Python's transport sends it", async () => {
    const calls = [{}, { headers: { "content-type": "application/json" }, body: "" }];
    for (const call of calls) {
      const id = await create({ kind: "simulate", input: { outcome: "hang" } });
      const answer = await ask("POST", `/operations/${id}:cancel`, undefined, call);
      expect([answer.status, answer.body]).toEqual([200, {}]);
      expect(await ended(id)).toMatchObject({ status: "canceled" });
      const read = await ask("GET", `/operations/${id}`);
      const error = { code: 1, message: expect.any(String), details: [] };
      expect(read.body).toMatchObject({ done: true, error });
      expect(read.body).not.toHaveProperty("response");
    }
  });

  test("an error whose code is a name of every object is UNKNOWN", async () => {
    const id = await create({ kind: "simulate", input: { outcome: "fail", code: "constructor" } });
    await ended(id);
    const { body } = await ask("GET", `/operations/${id}`);
    expect(body.error).toMatchObject({ code: 2 });
  });

  test("delete removes what has ended, and cancels what has not", async () => {
    const waiting = await create({ kind: "echo", startAfter: "1h" });
    const hanging = await create({ kind: "simulate", input: { outcome: "hang" } });
    for (const id of [waiting, hanging]) {
      const answer = await ask("DELETE", `/operations/${id}`);
      expect([answer.status, answer.body]).toEqual([200, {}]);
      expectError(await ask("DELETE", `/operations/${id}`), 404, "NOT_FOUND", /./);
    }
    expect(await tenant.ids()).toEqual([]);
  });

  test("a list has what its filter lets through, newest first, and a token while there is more", async () => {
    const done = [await create({ kind: "echo" }), await create({ kind: "echo", input: [] })];
    for (const id of done) await ended(id);
    const open = await create({ kind: "simulate", input: { outcome: "hang" } });
    const list = async (query: string) => {
      const { body } = await ask("GET", `/operations?${query}`);
      const names = (body.operations as { name: string }[]).map(({ name }) => name.slice(11));
      return { names, token: body.nextPageToken };
    };
    const filtered = async (filter: string) =>
      (await list(`filter=${encodeURIComponent(filter)}`)).names;
    expect(await filtered("")).toEqual([open, done[1], done[0]]);
    expect(await filtered("done=false")).toEqual([open]);
    expect(await filtered("done = true")).toEqual([done[1], done[0]]);
    expect(await filtered('metadata.kind="simulate"')).toEqual([open]);
    expect(await filtered('metadata.kind="simulate" AND done=true')).toEqual([]);
    expect(await filtered('metadata.kind="simulate" AND metadata.kind="echo"')).toEqual([]);
    expect(await filtered('done=true AND metadata.status="running"')).toEqual([]);
    const first = await list("pageSize=2&$alt=json;enum-encoding=int");
    expect(first.names).toEqual([open, done[1]]);
    const second = await list(`pageSize=2&pageToken=${first.token}`);
    expect(second).toEqual({ names: [done[0]], token: undefined });
    expect((await list("pageSize=100000&pageToken=")).names).toHaveLength(3);
  });

  test("no member is there beside the five that Python's parser knows", async () => {
    const ids = [
      await create({ kind: "echo", input: { a: 1 } }),
      await create({ kind: "simulate", input: { outcome: "fail" } }),
      await create({ kind: "simulate", input: { outcome: "ask" } }),
    ];
    for (const id of ids.slice(0, 2)) await ended(id);
    const known = ["name", "metadata", "done", "error", "response"];
    for (const id of ids) {
      const { body } = await ask("GET", `/operations/${id}`);
      expect(Object.keys(body).filter((name) => !known.includes(name))).toEqual([]);
      expect("response" in body && "error" in body).toBe(false);
    }
  });
});
