import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog, type LogLines } from "../log-lines.ts";
import { expectProblem } from "../refused.ts";
import { origin, send, sha256, Tenant } from "../tenant.ts";

let log: LogLines;

beforeEach(() => {
  log = captureLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const operations = "/api/v1/operations";

/** The status of a list that is asked for with an Authorization header. */
async function statusOf(authorization: string, config: Record<string, unknown> = {}) {
  const all = { TOKEN: "the-token", ...config };
  return (await send(operations, { headers: { authorization }, config: all })).status;
}

describe("authenticate", () => {
  test.each([
    "Bearer the-token",
    "bearer the-token",
    "BEARER   the-token",
    "Bearer the-token  ",
    `Basic ${btoa("anybody:the-token")}`,
    `basic ${btoa(":the-token")}`,
    `Basic ${btoa(":the-token").replaceAll("=", "")}`,
  ])("lets in %s", async (authorization) => {
    expect(await statusOf(authorization)).toBe(200);
  });

  test.each([
    "the-token",
    "Bearer",
    "Bearer ",
    "Bearer the-token x",
    "Bearer the-toke",
    "Bearer the-token2",
    "Bearer THE-TOKEN",
    'Bearer "the-token"',
    "Token the-token",
    "Bearer Bearer the-token",
    "Bearer: the-token",
    `Bearer ${btoa("x:the-token")}`,
    `Basic ${btoa("the-token")}`,
    `Basic ${btoa("the-token:")}`,
    `Basic ${btoa("the-token:the-tokenx")}`,
    "Basic the-token",
    "Basic !!!!",
    "Digest username=the-token",
  ])("answers 401 to %s", async (authorization) => {
    expect(await statusOf(authorization)).toBe(401);
  });

  test("takes all that follows the first colon of Basic as the token", async () => {
    const config = { TOKEN: "a:b" };
    expect(await statusOf(`Basic ${btoa("user:a:b")}`, config)).toBe(200);
  });

  test("knows TOKEN and every one of TOKENS together, by their digests in either case", async () => {
    const entries = await Promise.all(
      ["first", "second"].map(async (token, n) => {
        const hash = await sha256(token);
        return [n === 0 ? hash.toUpperCase() : hash, { tenant: `t${n}`, scopes: ["admin"] }];
      }),
    );
    const TOKENS = JSON.stringify(Object.fromEntries(entries));
    for (const token of ["the-token", "first", "second"]) {
      expect(await statusOf(`Bearer ${token}`, { TOKENS })).toBe(200);
    }
    for (const token of ["third", await sha256("first")]) {
      expect(await statusOf(`Bearer ${token}`, { TOKENS })).toBe(401);
    }
    expect(await statusOf("Bearer the-token", { TOKENS, TOKEN: "" })).toBe(401);
  });

  test("names Bearer and Basic in WWW-Authenticate", async () => {
    const response = await send(operations);
    await expectProblem(response, "unauthenticated");
    expect(response.headers.get("www-authenticate")).toBe(
      'Bearer realm="operations", Basic realm="operations", charset="UTF-8"',
    );
  });
});

describe("allows", () => {
  test.each([
    ["read", [200, 403, 403, 403, 200, 403]],
    ["write", [403, 202, 404, 404, 403, 404]],
    ["work", [403, 403, 403, 403, 403, 403]],
    ["admin", [200, 202, 404, 404, 200, 404]],
  ] as const)("a token with the scope %s", async (scope, statuses) => {
    const tenant = await Tenant.make([scope]);
    const requests = [
      tenant.send(operations),
      tenant.post({ kind: "echo" }),
      tenant.send(`${operations}/none:cancel`, { method: "POST" }),
      tenant.send(`${operations}/none`, { method: "DELETE" }),
      tenant.send(`${operations}:batchGet`, { json: { ids: [] } }),
      tenant.send("/api/proxy/none/"),
    ];
    const answers = await Promise.all(requests);
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    for (const answer of answers.filter(({ status }) => status === 403)) {
      const { detail } = await expectProblem(answer, "forbidden");
      expect(detail).toMatch(/^The token lacks the scope (read|write)$/);
    }
  });

  test("a token may have two scopes", async () => {
    const tenant = await Tenant.make(["read", "write"]);
    expect((await tenant.post({ kind: "echo" })).status).toBe(202);
    expect(await tenant.ids()).toHaveLength(1);
  });
});

describe("a configuration that lets nobody in", () => {
  test.each([{ TOKEN: "" }, { TOKEN: undefined }, { TOKEN: "", TOKENS: "{}" }])(
    "%j is 503 with how to set a token, on all but healthz",
    async (config) => {
      const headers = { authorization: "Bearer " };
      for (const path of [operations, "/api/v1/kinds", "/api/nothing", "/api/proxy/a/b"]) {
        const response = await send(path, { headers, config });
        const { detail } = await expectProblem(response, "unavailable");
        expect(detail).toContain("wrangler secret put TOKEN");
        expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
      }
      const health = await send("/api/healthz", { config });
      expect([health.status, await health.text()]).toEqual([200, '{"status":"ok"}']);
    },
  );

  test.each([
    ["TOKENS", { TOKENS: '{"hidden-secret":{"tenant":"a","scopes":["read"]}}' }],
    ["TOKENS", { TOKENS: "hidden-secret" }],
    ["TOKENS", { TOKENS: '["hidden-secret"]' }],
    ["SHARDS", { SHARDS: "0" }],
    ["UPSTREAMS", { UPSTREAMS: '{"a":"ftp://hidden-secret"}' }],
    ["SENTRY_DSN", { SENTRY_DSN: "hidden-secret" }],
    ["MAX_BODY, DEFAULT_TTL", { MAX_BODY: "1MB", DEFAULT_TTL: "1 day" }],
    ["DEFAULT_DEADLINE", { DEFAULT_DEADLINE: "200h" }],
    ["V", { V: "loud" }],
    ["VMODULE", { VMODULE: "http" }],
    ["JURISDICTION", { JURISDICTION: "moon" }],
  ])("a bad %s is 503, named, and not quoted where it is secret: %j", async (names, config) => {
    const response = await send(operations, {
      headers: { authorization: "Bearer test-token" },
      config,
    });
    const { detail } = await expectProblem(response, "unavailable");
    for (const name of names.split(", ")) expect(detail).toContain(name);
    expect(log.lines().filter(({ level }) => level === "error")).not.toEqual([]);
    expect(detail + log.text()).not.toContain("hidden-secret");
    expect((await send("/api/healthz", { config })).status).toBe(200);
  });
});

describe("a tenant", () => {
  test("finds another's operation exactly as one that does not exist", async () => {
    const [mine, other] = [await Tenant.make(), await Tenant.make()];
    const { id } = await mine.create({ kind: "echo" }, "?sync=true");
    const none = id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    for (const [method, suffix] of [
      ["GET", ""],
      ["GET", "?wait=20s"],
      ["GET", "/input"],
      ["GET", "/attempts"],
      ["GET", "/result"],
      ["DELETE", ""],
      ["POST", ":cancel"],
    ] as const) {
      const answers = await Promise.all(
        [id, none].map(async (asked) => {
          const response = await other.send(`${operations}/${asked}${suffix}`, { method });
          const headers = Object.fromEntries(response.headers);
          const text = (await response.text()).replaceAll(asked, "{id}");
          return { status: response.status, text, headers: { ...headers, "x-request-id": "" } };
        }),
      );
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]?.status).toBe(404);
    }
    const batch = await other.send(`${operations}:batchGet`, { json: { ids: [id, none] } });
    const [first, second] = ((await batch.json()) as { operations: unknown[] }).operations;
    const asOfNone = JSON.stringify(first).replaceAll(id, none);
    expect(asOfNone).toBe(JSON.stringify(second));
    expect(asOfNone).toContain("operation-not-found");
  });

  test("has idempotency keys, stats and pages of its own", async () => {
    const [mine, other] = [await Tenant.make(), await Tenant.make()];
    const call = { headers: { "idempotency-key": "same" } };
    const a = await mine.create({ kind: "echo", input: 1 }, "", call);
    const b = await other.create({ kind: "echo", input: 2 }, "", call);
    expect(a.id).not.toBe(b.id);
    expect(await mine.ids()).toEqual([a.id]);
    expect(await other.ids()).toEqual([b.id]);
    expect((await mine.stats()).operations.total).toBe(1);
    const token = btoa(b.id).replaceAll("=", "");
    expect(await mine.ids(`?order=asc&pageToken=${token}`)).toEqual([]);
  });

  test("whose name is the beginning of another's shares nothing with it", async () => {
    const [short, long] = [
      await Tenant.make(["admin"], "acme"),
      await Tenant.make(["admin"], "acme.0"),
    ];
    await short.create({ kind: "echo" });
    expect(await long.ids()).toEqual([]);
  });
});

test("no token is in any answer or line, whatever is asked and however it fails", async () => {
  const tenant = await Tenant.make(["read"]);
  const basic = btoa(`user:${tenant.token}`);
  for (const authorization of [
    `Bearer ${tenant.token}`,
    `Basic ${basic}`,
    tenant.token,
    `Bearer ${tenant.token} ${tenant.token}`,
    `Basic ${tenant.token}`,
  ]) {
    for (const path of [operations, "/api/nothing", `${operations}/x`, "/api/proxy/x/y", "/x"]) {
      for (const method of ["GET", "POST", "PUT"]) {
        const headers = { authorization, cookie: tenant.token };
        const config = { TOKENS: tenant.tokens };
        const response = await send(path, { method, headers, config });
        const said = JSON.stringify([...response.headers]) + (await response.text());
        for (const secret of [tenant.token, basic]) expect(said).not.toContain(secret);
      }
    }
  }
  expect(log.requests()).toHaveLength(75);
  for (const secret of [tenant.token, basic]) expect(log.text()).not.toContain(secret);
  expect(log.text()).not.toContain(origin);
});
