import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { actions } from "../../../../src/dialects/native/actions.ts";
import { native } from "../../../../src/dialects/native/native.ts";
import { authenticate } from "../../../../src/edge/access/authenticate.ts";
import { outOfBounds, withSubprotocol } from "../../../../src/edge/access/ticket-bounds.ts";
import type { ActionSpec } from "../../../../src/edge/action-spec.ts";
import { begin } from "../../../../src/edge/begin.ts";
import { captureLog, type LogLines } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { origin, send, Tenant } from "../../../edge/tenant.ts";
import { deployment } from "../../../object/deployment.ts";

const secret = "the-first-secret-of-these-tests-0001";
const other = "another-secret-of-these-tests-000002";
const config = { TICKET_SECRET: secret };
const operations = "/api/v1/operations";
const echo = { kind: "echo", input: 1 };

let tenant: Tenant;
let id: string;
let log: LogLines;

beforeEach(async () => {
  tenant = await Tenant.make();
  log = captureLog();
  id = (await tenant.create(echo, "?sync=true")).id;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Issued {
  readonly ticket: string;
  readonly expiresAt: string;
}

const ask = (json: unknown = {}, TICKET_SECRET = secret, of = id) =>
  tenant.send(`${operations}/${of}:tickets`, { json, config: { TICKET_SECRET } });

async function issue(json: unknown = {}, TICKET_SECRET = secret, of = id): Promise<Issued> {
  return (await (await ask(json, TICKET_SECRET, of)).json()) as Issued;
}

/** Sends with a ticket as Bearer; the Worker knows this tenant's token too. */
const bear = (ticket: string, path: string, method = "GET", more: Record<string, unknown> = {}) =>
  send(path, {
    method,
    headers: { authorization: `Bearer ${ticket}` },
    config: { TOKENS: tenant.tokens, ...config, ...more },
  });

/** A ticket as the Worker would sign it, but for what is given; undefined leaves a claim out. */
function forged(claims: Record<string, unknown> = {}, key = secret, header = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const good = { iss: "edge-operations", aud: "edge-operations/operation", sub: id };
  return new SignJWT({ ...good, tenant: tenant.name, iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "ticket+jwt", ...header })
    .sign(new TextEncoder().encode(key));
}

describe("POST /operations/{id}:tickets", () => {
  test("answers 201 with a ticket for ten minutes, which nobody may keep", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-21T12:00:00.900Z") });
    const made = await tenant.create(echo, "?sync=true");
    const response = await ask({}, secret, made.id);
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      ticket: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expiresAt: "2026-11-21T12:10:00.000Z",
    });
  });

  test("needs no body", async () => {
    const path = `${operations}/${id}:tickets`;
    expect((await tenant.send(path, { method: "POST", config })).status).toBe(201);
    const headers = { "content-type": "application/json", "content-length": "0" };
    expect((await tenant.send(path, { headers, body: "", config })).status).toBe(201);
  });

  test.each([
    ["1s", 1],
    ["1h", 3_600],
    ["24h", 86_400],
  ])("ttl %s is %i s", async (ttl, seconds) => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_790_000_000_000 });
    const { id: lasting } = await tenant.create({ ...echo, ttl: "48h" }, "?sync=true");
    const { expiresAt } = await issue({ ttl }, secret, lasting);
    expect(Date.parse(expiresAt) - Date.now()).toBe(seconds * 1_000);
  });

  test.each([{ ttl: "24h1ms" }, { ttl: "999ms" }, { ttl: "" }, { ttl: 5 }, { ttl: "-1s" }])(
    "refuses %j",
    async (body) => {
      const { errors } = await expectProblem(await ask(body), "validation-failed");
      expect(errors?.map(({ path }) => path)).toEqual(["ttl"]);
    },
  );

  test("refuses unknown fields, lists and what is not JSON", async () => {
    await expectProblem(await ask({ scope: "write" }), "validation-failed");
    await expectProblem(await ask([]), "validation-failed");
    const headers = { "content-type": "application/json" };
    const broken = { headers, body: "{", config };
    await expectProblem(await tenant.send(`${operations}/${id}:tickets`, broken), "malformed-json");
  });

  test("is not good for longer than there is something to read", async () => {
    const done = await tenant.create({ ...echo, ttl: "1m" }, "?sync=true");
    const { expiresAt } = await issue({ ttl: "24h" }, secret, done.id);
    const end = Date.parse(done.expiresAt ?? "");
    expect(Date.parse(expiresAt)).toBe(Math.floor(end / 1_000) * 1_000);

    const body = { ...echo, ttl: "1m", deadline: "2m", startAfter: "3m" };
    const { id: pending, deadlineAt } = await tenant.create(body);
    const { expiresAt: later } = await issue({ ttl: "24h" }, secret, pending);
    const last = Date.parse(deadlineAt) + 60_000;
    expect(Date.parse(later)).toBe(Math.floor(last / 1_000) * 1_000);
  });

  test("of an operation that is not there, or is another tenant's, is 404", async () => {
    const stranger = await Tenant.make();
    const { id: theirs } = await stranger.create(echo);
    for (const missing of ["none", theirs]) {
      await expectProblem(await ask({}, secret, missing), "operation-not-found");
    }
  });

  test("without TICKET_SECRET is 503 and says how to set one", async () => {
    const { detail } = await expectProblem(await ask({}, ""), "unavailable");
    expect(detail).toContain("wrangler secret put TICKET_SECRET");
  });

  test("needs the scope read, which is enough", async () => {
    const path = `${operations}/${id}:tickets`;
    const reader = await Tenant.make(["read"], tenant.name);
    expect((await reader.send(path, { method: "POST", config })).status).toBe(201);
    const writer = await Tenant.make(["write"], tenant.name);
    await expectProblem(await writer.send(path, { method: "POST", config }), "forbidden");
  });
});

describe("a ticket as Bearer", () => {
  test.each(["", "/result"])("opens GET and HEAD of its operation%s", async (part) => {
    const { ticket } = await issue();
    for (const method of ["GET", "HEAD"]) {
      expect((await bear(ticket, `${operations}/${id}${part}`, method)).status).toBe(200);
    }
  });

  test("waits as a token does", async () => {
    const { id: slow } = await tenant.create({ kind: "simulate", input: { duration: "50ms" } });
    const { ticket } = await issue({}, secret, slow);
    const response = await bear(ticket, `${operations}/${slow}?wait=30s`);
    expect(await response.json()).toMatchObject({ status: "succeeded" });
  });

  test.each([
    ["DELETE", `${operations}/{id}`],
    ["PUT", `${operations}/{id}`],
    ["PATCH", `${operations}/{id}`],
    ["POST", `${operations}/{id}:cancel`],
    ["POST", `${operations}/{id}:tickets`],
    ["GET", operations],
    ["POST", operations],
    ["POST", `${operations}:batchGet`],
    ["GET", "/api/v1/kinds"],
    ["GET", "/api/v1/stats"],
    ["GET", "/api/proxy/none/{id}"],
    ["GET", "/api/proxy/none"],
  ])("does not open %s %s: 403", async (method, path) => {
    const { ticket } = await issue();
    const response = await bear(ticket, path.replace("{id}", id), method);
    const { detail } = await expectProblem(response, "forbidden");
    expect(detail).toBe("A ticket can only read its own operation");
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "succeeded" });
  });

  test("finds another operation exactly as it finds one that is missing", async () => {
    const { ticket } = await issue();
    const { id: another } = await tenant.create(echo);
    const missing = `${another.slice(0, -1)}${another.endsWith("0") ? "1" : "0"}`;
    for (const part of ["", "/result"]) {
      const answers = await Promise.all(
        [another, missing].map((of) => bear(ticket, `${operations}/${of}${part}`)),
      );
      const [found, lost] = await Promise.all(
        answers.map(async (answer, index) => {
          await expectProblem(answer, "operation-not-found");
          const headers = [...answer.headers].filter(([name]) => name !== "x-request-id");
          const body = (await answer.text()).replaceAll(index === 0 ? another : missing, "X");
          return { headers, body };
        }),
      );
      expect(found).toEqual(lost);
    }
  });

  test("is gone with its operation", async () => {
    const { ticket } = await issue();
    await tenant.send(`${operations}/${id}`, { method: "DELETE" });
    const response = await bear(ticket, `${operations}/${id}`);
    await expectProblem(response, "operation-not-found");
  });

  test("does not work as a Basic password", async () => {
    const { ticket } = await issue();
    const response = await send(`${operations}/${id}`, {
      headers: { authorization: `Basic ${btoa(`x:${ticket}`)}` },
      config: { TOKENS: tenant.tokens, ...config },
    });
    await expectProblem(response, "unauthenticated");
  });

  test("expires, give or take five seconds", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { ticket, expiresAt } = await issue({ ttl: "1m" });
    vi.setSystemTime(Date.parse(expiresAt) + 4_000);
    expect((await bear(ticket, `${operations}/${id}`)).status).toBe(200);
    vi.setSystemTime(Date.parse(expiresAt) + 5_000);
    const { detail } = await expectProblem(
      await bear(ticket, `${operations}/${id}`),
      "unauthenticated",
    );
    expect(detail).toBe("The ticket has expired");
  });

  test("outlives a rotation of the secret, until that secret is taken away", async () => {
    const { ticket } = await issue();
    const statuses = [];
    for (const TICKET_SECRET of [`${other} ${secret}`, `${secret} ${other}`, other, ""]) {
      const response = await bear(ticket, `${operations}/${id}`, "GET", { TICKET_SECRET });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 401, 401]);
    const { ticket: next } = await issue({}, `${other} ${secret}`);
    expect((await bear(next, `${operations}/${id}`)).status).toBe(401);
  });
});

describe("openTicket", () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const unsecured = () =>
    new UnsecuredJWT({ tenant: tenant.name })
      .setIssuer("edge-operations")
      .setAudience("edge-operations/operation")
      .setSubject(id)
      .setIssuedAt()
      .setExpirationTime("1h")
      .encode();
  const tampered = async () => {
    const [head, , signature] = (await forged()).split(".");
    const [, body] = (await forged({ sub: id, tenant: "another" })).split(".");
    return [head, body, signature].join(".");
  };

  test("takes what the Worker would sign", async () => {
    expect((await bear(await forged(), `${operations}/${id}`)).status).toBe(200);
  });

  test.each<[string, () => string | Promise<string>]>([
    ["one that has expired", () => forged({ exp: now() - 10 })],
    ["one that never expires", () => forged({ exp: undefined })],
    ["one whose expiry is text", () => forged({ exp: "never" })],
    ["one that is too old for any ttl", () => forged({ iat: now() - 90_000, exp: now() + 60 })],
    ["one from the future", () => forged({ iat: now() + 60 })],
    ["one without a time of issue", () => forged({ iat: undefined })],
    ["one that is not valid yet", () => forged({ nbf: now() + 60 })],
    ["one signed with another secret", () => forged({}, other)],
    ["one signed with the same text in upper case", () => forged({}, secret.toUpperCase())],
    ["one of another issuer", () => forged({ iss: "else" })],
    ["one without an issuer", () => forged({ iss: undefined })],
    ["one for another audience", () => forged({ aud: "else" })],
    ["one without a subject", () => forged({ sub: undefined })],
    ["one whose subject is no id", () => forged({ sub: "*" })],
    ["one without a tenant", () => forged({ tenant: undefined })],
    ["one whose tenant is a list", () => forged({ tenant: [tenant.name] })],
    ["one of another type", () => forged({}, secret, { typ: "JWT" })],
    ["one without a type", () => forged({}, secret, { typ: undefined })],
    ["one of another algorithm", () => forged({}, secret, { alg: "HS512" })],
    ["one with an extension", () => forged({}, secret, { crit: ["b64"], b64: true })],
    ["one of algorithm none", unsecured],
    ["one with another's body", tampered],
    ["one cut short", async () => (await forged()).slice(0, -2)],
    ["one without a signature", async () => (await forged()).replace(/[^.]*$/, "")],
    ["one that is huge", () => forged({ more: "x".repeat(4_000) })],
    ["what only looks like one", () => "a.b.c"],
    ["nothing but dots", () => ".."],
    ["dots without end", () => ".".repeat(7_000)],
  ])("refuses %s: 401", async (_, make) => {
    const response = await bear(await make(), `${operations}/${id}`);
    await expectProblem(response, "unauthenticated");
  });

  test("leads another tenant's bearer to nothing", async () => {
    const response = await bear(await forged({ tenant: "tenant-none" }), `${operations}/${id}`);
    await expectProblem(response, "operation-not-found");
  });
});

describe("ticketBeside", () => {
  const events = `${operations}/{id}/events`;
  const watch = `${operations}/{id}/watch`;

  /** Who asks, on a route that a client watches. */
  async function caller(route: string, query = "", headers: Record<string, string> = {}) {
    const request = new Request(`${origin}${route.replace("{id}", id)}${query}`, { headers });
    const configured = { ...env, ...config, TOKENS: tenant.tokens } as unknown as Cloudflare.Env;
    const exchange = begin(
      { deployment, dialects: [native], isSite: false },
      request,
      configured,
      createExecutionContext() as ExecutionContext,
    );
    const action = Object.values<ActionSpec>(actions).find(({ path }) => path === route);
    exchange.takesTicket = action?.ticket === "query";
    const authenticated = await authenticate(exchange);
    return authenticated.ok ? authenticated.value : authenticated.failure;
  }
  const upgrade = (protocols: string) => ({
    upgrade: "websocket",
    "sec-websocket-protocol": protocols,
  });
  const known = () => ({ tenant: tenant.name, scopes: ["read"], operation: id });

  test.each([events, watch])("takes ?ticket= on %s, and no token", async (route) => {
    const { ticket } = await issue();
    expect(await caller(route, `?ticket=${ticket}`)).toEqual(known());
    const refused = { code: "unauthenticated" };
    expect(await caller(route, `?ticket=${tenant.token}`)).toMatchObject(refused);
    expect(await caller(route, "?ticket=")).toMatchObject(refused);
    expect(await caller(route, `?Ticket=${ticket}`)).toMatchObject(refused);
  });

  test.each([
    `${operations}/{id}`,
    `${operations}/{id}/result`,
    operations,
    "/api/v1/events",
    "/api/v1/watch",
  ])("takes no ?ticket= on %s", async (route) => {
    const { ticket } = await issue();
    expect(await caller(route, `?ticket=${ticket}`)).toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining("only by /events and /watch of its operation"),
    });
  });

  test("takes the subprotocol bearer.{ticket} of an upgrade, and no token there", async () => {
    const { ticket } = await issue();
    for (const protocols of [
      `bearer.${ticket}`,
      `operations.v1, bearer.${ticket}`,
      `bearer.${ticket},operations.v1`,
    ]) {
      expect(await caller(watch, "", upgrade(protocols))).toEqual(known());
    }
    const refused = { code: "unauthenticated" };
    expect(await caller(watch, "", upgrade(`bearer.${tenant.token}`))).toMatchObject(refused);
    expect(await caller(watch, "", upgrade(ticket))).toMatchObject(refused);
    const plain = { "sec-websocket-protocol": `bearer.${ticket}` };
    expect(await caller(watch, "", plain)).toMatchObject(refused);
  });

  test("counts only where there is no Authorization", async () => {
    const { ticket } = await issue();
    const wrong = { authorization: "Bearer wrong" };
    for (const headers of [wrong, { ...wrong, ...upgrade(`bearer.${ticket}`) }]) {
      const answer = await caller(watch, `?ticket=${ticket}`, headers);
      expect(answer).toMatchObject({ code: "unauthenticated" });
    }
  });
});

describe("outOfBounds", () => {
  const bearer = { tenant: "t", scopes: ["read"], operation: "a" } as const;

  test.each([
    ["GET", "/api/v1/operations/{id}/events", "a", undefined],
    ["GET", "/api/v1/operations/{id}/watch", "a", undefined],
    ["GET", "/api/v1/operations/{id}/events", "b", "operation-not-found"],
    ["GET", "/api/v1/operations/{id}/watch", "b", "operation-not-found"],
    ["POST", "/api/v1/operations/{id}/watch", "a", "forbidden"],
    ["GET", "/api/v1/operations/{id}/deliveries", "a", "forbidden"],
    ["GET", "/api/v1/operations/{id}/input", "a", "forbidden"],
    ["GET", "/api/v1/events", "a", "forbidden"],
    ["GET", "/api/v1/watch", "a", "forbidden"],
    ["POST", "/api/v1/operations:claim", "a", "forbidden"],
  ])("%s %s of %s with a ticket is %s", (method, pattern, of, code) => {
    const action = Object.values<ActionSpec>(actions).find(
      (one) => one.path === pattern && one.method === method,
    );
    expect(outOfBounds(bearer, action?.ticket, { id: of })?.code).toBe(code);
  });

  test("binds nobody without a ticket", () => {
    const free = { tenant: "t", scopes: ["admin"] } as const;
    expect(outOfBounds(free, undefined, {})).toBeUndefined();
  });
});

describe("withSubprotocol", () => {
  const answer = (offer: string | undefined, chosen?: string) => {
    const headers = new Headers({ upgrade: "websocket" });
    if (offer !== undefined) headers.set("sec-websocket-protocol", offer);
    const { 0: client } = new WebSocketPair();
    const upgraded = new Response(null, {
      status: 101,
      webSocket: client,
      headers: chosen === undefined ? {} : { "sec-websocket-protocol": chosen },
    });
    return withSubprotocol(new Request(origin, { headers }), upgraded);
  };

  test.each([
    ["operations.v1", undefined, "operations.v1"],
    ["bearer.a.b.c, operations.v1", undefined, "operations.v1"],
    ["operations.v1,bearer.a.b.c", "bearer.a.b.c", "operations.v1"],
    ["operations.v1", "operations.v1", "operations.v1"],
    ["bearer.a.b.c", "bearer.a.b.c", null],
    ["else", "else", null],
    [undefined, undefined, null],
  ])("offered %s and answered %s, says %s", (offer, chosen, said) => {
    const response = answer(offer, chosen);
    expect([response.status, response.webSocket]).toEqual([101, expect.anything()]);
    expect(response.headers.get("sec-websocket-protocol")).toBe(said);
  });
});

test("nothing of a ticket is in any line, body or header but the 201's own", async () => {
  const { ticket } = await issue();
  const parts = [ticket, ...ticket.split(".").slice(1)];
  const stranger = { headers: { authorization: `Bearer ${ticket}` } };
  const answers = [
    await bear(ticket, `${operations}/${id}`),
    await bear(ticket, `${operations}/${id}/result`),
    await bear(ticket, `${operations}/none`),
    await bear(ticket, operations, "POST"),
    await bear(`${ticket}x`, `${operations}/${id}`),
    await bear(ticket, `${operations}/${id}/events?ticket=${ticket}`),
    await bear(ticket, `${operations}/${id}?ticket=${ticket}`, "DELETE"),
    await send(`${operations}/${id}/watch?ticket=${ticket}`, { config }),
    await send(`${operations}?ticket=${ticket}`, { config }),
    await send(`${operations}/${id}`, { ...stranger, config: { TICKET_SECRET: "short" } }),
    await send(`${operations}/${id}/watch`, {
      headers: {
        upgrade: "websocket",
        "sec-websocket-protocol": `operations.v1, bearer.${ticket}`,
      },
      config,
    }),
  ];
  for (const answer of answers) {
    const told = [...answer.headers].flat().join("\n") + (await answer.text());
    for (const part of parts) expect(told).not.toContain(part);
  }
  expect(log.requests().length).toBeGreaterThanOrEqual(answers.length);
  for (const part of [...parts, secret, tenant.token]) expect(log.text()).not.toContain(part);
});
