import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openApi } from "../../../../src/dialects/native/openapi/openapi.ts";
import { outline } from "../../../../src/dialects/native/openapi/outline.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, monitorOf, origin, send, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { Stream, upgrade, watch } from "../watching/watching.ts";
import { answers, expectDescribed, expectValid, problems } from "./described.ts";

const operations = "/api/v1/operations";
const echo = { kind: "echo", input: { a: 1 } };
const later = { kind: "echo", startAfter: "1h" };
const asking = { kind: "simulate", input: { outcome: "ask" } };
const failing = { kind: "simulate", input: { outcome: "fail" } };
const wait = { prefer: "wait=30" };
let tenant: Tenant;

beforeAll(() => {
  captureLog();
});

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
  vi.spyOn(globalThis, "fetch").mockImplementation(
    async () => new Response("teapot", { status: 418, headers: { "content-type": "text/plain" } }),
  );
});

afterEach(() => {
  vi.mocked(globalThis.fetch).mockRestore();
});

afterAll(() => {
  vi.restoreAllMocks();
});

async function idOf(body: object, query = ""): Promise<string> {
  const made = await monitorOf(await tenant.post(body, query));
  return made.id;
}

/** A path of a new operation, sent to with a method. */
async function at(body: object, suffix: string, call: Call = {}, query = ""): Promise<Response> {
  return tenant.send(`${operations}/${await idOf(body, query)}${suffix}`, call);
}

const done = (suffix: string, call: Call = {}) => at(echo, suffix, call, "?sync=true");
const post = { method: "POST" } as const;
const claim = (json: object, query = "") =>
  tenant.send(`${operations}:claim${query}`, { ...post, json });

/** Work in a worker's hands, and what it says of it. */
async function report(verb: string, json: object): Promise<Response> {
  const id = await idOf({ kind: "resize", input: { width: 2 } });
  await claim({ kinds: ["resize"] });
  const method = verb === "" ? "PATCH" : verb.startsWith("/") ? "PUT" : "POST";
  return tenant.send(`${operations}/${id}${verb}`, { method, json });
}

async function asked(json: unknown): Promise<Response> {
  const id = await idOf(asking);
  const path = `${operations}/${id}`;
  await eventually(async () => {
    expect((await tenant.get(`/operations/${id}`)).status).toBe("input_required");
  });
  return tenant.send(`${path}:input`, { ...post, json });
}

const forwarded = (method: string, path: string, headers = {}) =>
  tenant.send(`/api/proxy/${path}`, { method, headers });

const verbs = ["Get", "Head", "Post", "Put", "Patch", "Delete", "Options"];

/** How each answer of the document comes about, but for problems. */
const real: Readonly<Record<string, () => Promise<Response>>> = {
  "listOperations 200": async () => {
    for (const body of [echo, later, failing]) await idOf(body, "?sync=true&timeout=1s");
    return tenant.send(`${operations}?limit=2&status=succeeded&status=pending&status=failed`);
  },
  "createOperation 200": () => tenant.post(echo, "", { headers: wait }),
  "createOperation 202": () => tenant.post({ ...later, labels: { a: "b" }, metadata: { c: [] } }),
  "batchGetOperations 200": async () =>
    tenant.send(`${operations}:batchGet`, { json: { ids: [await idOf(echo), "none"] } }),
  "batchCreateOperations 200": () =>
    tenant.send(`${operations}:batchCreate`, {
      json: { operations: [{ ...echo, idempotencyKey: "k" }, { kind: "none" }, { kind: 1 }, 7] },
    }),
  "getOperation 200": () => done(""),
  "getOperation 304": () => at(later, "", { headers: { "if-none-match": "*" } }),
  "deleteOperation 204": () => done("", { method: "DELETE" }),
  "getInput 200": async () => {
    const id = await idOf({ kind: "echo", input: { width: 2 } });
    return tenant.send(`${operations}/${id}/input`);
  },
  "getAttempts 200": async () => {
    const id = await idOf({ kind: "resize", input: { width: 2 } });
    for (const attempt of [1, 2]) {
      await claim({ kinds: ["resize"], worker: "gpu-7" });
      const log = [{ message: "one", level: "error", fields: { a: 1, b: "c", d: true } }];
      const json = { attempt, percentComplete: 5, statusMessage: "x", log };
      await tenant.send(`${operations}/${id}`, { method: "PATCH", json });
      const error = { code: "broken", message: "It broke", details: [1] };
      const retryable = false;
      if (attempt === 2) {
        await tenant.send(`${operations}/${id}:fail`, {
          ...post,
          json: { attempt, error, retryable },
        });
      } else
        await tenant.send(`${operations}/${id}`, {
          method: "PATCH",
          json: { attempt, lease: "1s" },
        });
      vi.setSystemTime(Date.now() + 5_000);
    }
    vi.useRealTimers();
    return tenant.send(`${operations}/${id}/attempts`);
  },
  "getResult 200": () => done("/result", { headers: wait }),
  "getResult 202": () => at(later, "/result"),
  "getResult 206": () => done("/result", { headers: { range: "bytes=0-1" } }),
  "getResult 304": () => done("/result", { headers: { "if-none-match": "*" } }),
  "getResult default": async () => {
    const input = { upstream: "up" };
    return at({ kind: "http", input }, "/result", {}, "?sync=true");
  },
  "cancelOperation 200": () => done(":cancel", post),
  "cancelOperation 202": () =>
    at({ kind: "simulate", input: { outcome: "hang" } }, ":cancel", post),
  "rerunOperation 200": () => done(":rerun", { ...post, headers: wait }),
  "rerunOperation 202": () => done(":rerun", post),
  ...Object.fromEntries(
    ["cancel", "delete", "rerun"].flatMap((action) => {
      const call = { ...post, json: { filter: { label: ["a:b"], all: false }, dryRun: true } };
      const ask = (query: string) => tenant.send(`${operations}:${action}Many${query}`, call);
      return [
        [`${action}ManyOperations 200`, () => ask("?sync=true")],
        [`${action}ManyOperations 202`, () => ask("")],
      ];
    }),
  ),
  "answerInput 200": () => asked({ approve: true }),
  "createTicket 201": () => at(later, ":tickets", post),
  "streamOperation 200": () => done("/events"),
  "streamOperation 204": () => done("/events?after=99"),
  "watchOperation 101": () =>
    done("/watch", { headers: { ...upgrade, "sec-websocket-protocol": "operations.v1" } }),
  "getOutput 200": () => done("/output"),
  "getOutput 204": () => done("/output?after=1-0", { headers: { accept: "text/event-stream" } }),
  "getOutput 304": () => done("/output", { headers: { "if-none-match": "*" } }),
  "streamOperations 200": () => tenant.send("/api/v1/events", { method: "HEAD" }),
  "watchOperations 101": () => tenant.send("/api/v1/watch", { headers: upgrade }),
  "claimOperations 200": async () => {
    for (const input of [{ width: 2 }, undefined]) await idOf({ kind: "resize", input });
    return claim({ kinds: ["resize"], max: 2 });
  },
  "reportOperation 200": () => report("", { attempt: 1, percentComplete: 5, statusMessage: "x" }),
  "completeOperation 200": () => report(":complete", { attempt: 1, result: null }),
  "putResult 200": () => report("/result?attempt=1", { pages: 12 }),
  "releaseOperation 200": () => report(":release", { attempt: 1 }),
  "failOperation 200": () => {
    const error = { code: "broken", message: "It broke", details: [1] };
    return report(":fail", { attempt: 1, error, retryable: false });
  },
  "changeKind 200": async () => {
    const admin = await Tenant.make(["admin"]);
    return admin.send("/api/v1/kinds/print", { method: "PATCH", json: { paused: false } });
  },
  "getDeliveries 200": async () => {
    const id = await idOf({ ...echo, webhook: "https://hook.test/a" }, "?sync=true");
    const path = `${operations}/${id}/deliveries`;
    await eventually(async () => {
      expect(await (await tenant.send(path)).text()).toContain('"status":418');
    });
    return tenant.send(path);
  },
  "redeliver 202": async () =>
    at({ ...echo, webhook: "https://h.test" }, ":redeliver", post, "?sync=true"),
  "listKinds 200": () => tenant.send("/api/v1/kinds"),
  "deleteTenant 202": async () => {
    const admin = await Tenant.make(["admin"]);
    const path = `/api/v1/tenants/${admin.name}`;
    return admin.send(path, { method: "DELETE", config: { SHARDS: "500" } });
  },
  "getWebhookSecrets 200": async () =>
    (await Tenant.make(["admin"])).send("/api/v1/webhook-secrets"),
  "getStats 200": async () => {
    await idOf(echo, "?sync=true");
    return tenant.send("/api/v1/stats");
  },
  "getMetrics 200": () => tenant.send("/api/v1/metrics"),
  "getTrends 200": async () => {
    await idOf(echo, "?sync=true");
    expectValid("Trends", await tenant.get("/trends?range=24h"));
    return tenant.send("/api/v1/trends");
  },
  "deleteTenant 200": async () => {
    const admin = await Tenant.make(["admin"]);
    await admin.create(echo, "?sync=true");
    return admin.send(`/api/v1/tenants/${admin.name}`, { method: "DELETE" });
  },
  "exportOperations 200": async () => (await Tenant.make(["admin"])).send(`${operations}:export`),
  "importOperations 200": async () => {
    const admin = await Tenant.make(["admin"]);
    await admin.create(echo, "?sync=true");
    const body = await (await admin.send(`${operations}:export`)).arrayBuffer();
    const other = await Tenant.make(["admin"]);
    const headers = { "content-type": "application/jsonl" };
    const bad = new Blob([body, "{}\n"]);
    return other.send(`${operations}:import`, { ...post, headers, body: bad });
  },
  "getOpenApi 200": () => tenant.send("/api/v1/openapi.json"),
  "getHealth 200": () => send("/api/healthz"),
  "getProblem 200": () => send("/problems/not-found"),
  ...Object.fromEntries(
    verbs.flatMap((verb) =>
      [
        [`forward${verb}`, "up/path"],
        [`forward${verb}Root`, "up"],
      ].flatMap(([name = "", path = ""]) => [
        [`${name} 202`, () => forwarded(verb.toUpperCase(), path)],
        [`${name} default`, () => forwarded(verb.toUpperCase(), path, wait)],
      ]),
    ),
  ),
};

/** How each problem of the document comes about. */
const wrong: Readonly<Record<string, () => Promise<Response>>> = {
  "listOperations ValidationFailed": () => tenant.send(`${operations}?limit=0`),
  "createOperation MalformedJsonOrMalformedRequestOrValidationFailed": () =>
    tenant.post({ kind: 1, labels: [] }),
  "createOperation Unauthenticated": () =>
    tenant.post(echo, "", { headers: { authorization: "" } }),
  "createOperation Forbidden": async () => (await Tenant.make(["read"])).post(echo),
  "createOperation KindNotFound": () => tenant.post({ kind: "none" }),
  "createOperation PayloadTooLarge": () => tenant.post(echo, "", { config: { MAX_BODY: "9" } }),
  "createOperation UnsupportedMediaType": () =>
    tenant.post(echo, "", { headers: { "content-type": "text/plain" } }),
  "createOperation IdempotencyKeyReused": async () => {
    const headers = { "idempotency-key": "key" };
    await tenant.post(echo, "", { headers });
    return tenant.post(later, "", { headers });
  },
  "createOperation OperationCanceledOrOperationFailed": () =>
    tenant.post(failing, "", { headers: wait }),
  "createOperation QuotaExceededOrRateLimited": () =>
    tenant.post(echo, "", { config: { RATE_LIMIT: { limit: async () => ({ success: false }) } } }),
  "getStats RateLimited": () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    return tenant.send("/api/v1/stats", { config: { RATE_LIMIT } });
  },
  "createOperation Unavailable": () => tenant.post(echo, "", { config: { SHARDS: "no" } }),
  "rerunOperation KindNotFoundOrOperationNotFound": () =>
    tenant.send(`${operations}/none:rerun`, post),
  "getOperation OperationNotFound": () => tenant.send(`${operations}/none`),
  "deleteOperation OperationActive": () => at(later, "", { method: "DELETE" }),
  "deleteOperation PreconditionFailed": () =>
    done("", { method: "DELETE", headers: { "if-match": '"99"' } }),
  "getResult RangeNotSatisfiable": () => done("/result", { headers: { range: "bytes=99-" } }),
  "getResult OperationCanceledOrOperationFailed": () => at(failing, "/result", { headers: wait }),
  "answerInput AlreadyTerminalOrInputNotRequired": () => done(":input", { ...post, json: 1 }),
  "completeOperation AlreadyTerminalOrStaleAttempt": () => report(":complete", { attempt: 9 }),
  "redeliver MalformedRequestOrValidationFailed": () => done(":redeliver", { ...post, json: {} }),
  "redeliver NotFoundOrOperationNotFound": () => done(":redeliver", post),
  "forwardGet NotFound": () => forwarded("GET", "none/"),
  "getStats Internal": async () => {
    const OPERATIONS = { getByName: () => ({}), idFromName: () => ({}), get: () => ({}) };
    return tenant.send("/api/v1/stats", { config: { OPERATIONS } });
  },
};

describe("what the Worker answers is what the document says", () => {
  test.each(Object.entries(real))("%s", async (answer, make) => {
    await expectDescribed(answer, await make());
  });

  test.each(Object.entries(wrong))("%s", async (answer, make) => {
    await expectDescribed(answer, await make());
  });

  test("every answer of the document is among these, and one of each problem", () => {
    const told = answers.filter((answer) => !/ [45]\d\d$/.test(answer));
    expect(Object.keys(real).sort()).toEqual([...told].sort());
    const names = Object.keys(wrong).map((answer) => answer.split(" ")[1]);
    expect([...new Set(names)].sort()).toEqual([...problems].sort());
  });

  test("an operation at every turn of its life", async () => {
    const lives = [
      later,
      asking,
      failing,
      { kind: "simulate", input: { duration: "1h", steps: 3 } },
    ];
    for (const body of [...lives, { kind: "resize" }]) {
      const made = await monitorOf(await tenant.post(body));
      expectValid("Operation", made);
      expectValid("Operation", await tenant.get(`/operations/${made.id}?wait=200ms`));
      await tenant.send(`${operations}/${made.id}:cancel`, post);
      expectValid("Operation", await tenant.get(`/operations/${made.id}?wait=2s`));
    }
  });

  test("an event and a frame", async () => {
    const id = await idOf(later);
    const stream = await Stream.open(tenant, `/operations/${id}/events`);
    expectValid("Operation", (await stream.next())?.operation);
    await stream.leave();
    const watched = await watch(tenant, "/watch");
    watched.socket.send("what?");
    await tenant.send(`${operations}/${id}:cancel`, post);
    await eventually(() => expect(watched.frames.length).toBeGreaterThan(1));
    for (const frame of watched.frames) {
      expectValid(frame.type === "error" ? "WatchError" : "WatchFrame", frame);
    }
    watched.socket.close();
  });
});

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
  readonly paths: Readonly<Record<string, object>>;
  readonly servers: readonly object[];
}

describe("GET /api/v1/openapi.json", () => {
  test("is the document, for this origin, with every kind that GET /kinds lists", async () => {
    const response = await tenant.send("/api/v1/openapi.json");
    const { components, paths, servers, ...rest } = await response.json<Document>();
    const { components: written, paths: ways, servers: _, ...others } = openApi();
    expect(rest).toEqual(JSON.parse(JSON.stringify(others)));
    expect(components.schemas).toMatchObject((written as Document["components"]).schemas);
    expect(Object.keys(paths)).toEqual(Object.keys(ways as object));
    expect(servers).toEqual([{ url: origin }]);
    const listed = await (await tenant.send("/api/v1/kinds")).json<{ kinds: { kind: string }[] }>();
    for (const { kind } of listed.kinds) {
      for (const side of ["input", "output", "create", "operation"]) {
        expect(components.schemas).toHaveProperty([`kind.${kind}.${side}`]);
      }
    }
    const config = { PUBLIC_URL: "https://public.test" };
    const elsewhere = await tenant.send("/api/v1/openapi.json", { config });
    expect(await elsewhere.json()).toMatchObject({ servers: [{ url: "https://public.test" }] });
  });

  test("is the same without assets, but for what only people read", async () => {
    const whole = await (await tenant.send("/api/v1/openapi.json")).json();
    const none = { fetch: async () => new Response(null, { status: 404 }) };
    const headers = { "content-type": "text/html; charset=utf-8" };
    const page = { fetch: async () => new Response("<!doctype html>", { headers }) };
    for (const ASSETS of [undefined, none, page, { get: () => null }]) {
      const response = await tenant.send("/api/v1/openapi.json", { config: { ASSETS } });
      const document = await response.json();
      expect(outline(document)).toEqual(outline(whole));
      expect(JSON.stringify(document).length).toBeLessThan(JSON.stringify(whole).length * 0.8);
    }
  });

  test("needs a token that may read", async () => {
    await expectProblem(await send("/api/v1/openapi.json"), "unauthenticated");
    const worker = await Tenant.make(["work"]);
    await expectProblem(await worker.send("/api/v1/openapi.json"), "forbidden");
  });
});
