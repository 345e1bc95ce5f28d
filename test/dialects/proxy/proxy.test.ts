import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { once } from "../../../src/core/retry.ts";
import { captureLog, type LogLines } from "../../edge/log-lines.ts";
import { expectProblem } from "../../edge/refused.ts";
import { type Call, monitorOf, type Page, Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";

let tenant: Tenant;
let log: LogLines;
/** What reached the upstream. */
let requests: Request[];

beforeEach(async () => {
  tenant = await Tenant.make();
  log = captureLog();
  requests = [];
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Stands in for the upstream. */
function answer(make: (request: Request) => Response | Promise<Response>): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    const request = new Request(url as string, init as RequestInit);
    requests.push(request);
    return make(request);
  });
}

const wait = { prefer: "wait=30" };

function proxy(path: string, call: Call = {}): Promise<Response> {
  return tenant.send(`/api/proxy/${path}`, { ...call, headers: { ...wait, ...call.headers } });
}

describe("ANY /api/proxy/{upstream}/{path}", () => {
  test("a fast upstream is answered directly, with its status, headers and bytes", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    const headers = { "content-type": "image/png", "x-theirs": "kept" };
    answer(() => new Response(bytes, { status: 203, headers }));
    const response = await proxy("up/image?size=2");
    expect(response.status).toBe(203);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("x-theirs")).toBe("kept");
    expect(response.headers.get("preference-applied")).toBe("wait=30");
    expect(await response.bytes()).toEqual(bytes);
    expect(response.headers.get("operation-location")).toContain((await tenant.ids())[0]);
  });

  test("an upstream's 5xx is no error of ours in the log, whose answer it is is told", async () => {
    answer(() => new Response("theirs", { status: 503 }));
    const direct = await proxy("up/down");
    const [id = ""] = await tenant.ids();
    const later = await tenant.send(`/api/v1/operations/${id}/result`);
    expect([direct.status, later.status]).toEqual([503, 503]);
    const line = { level: "info", status: 503, of: "upstream" };
    expect(log.requests()).toMatchObject([line, { status: 200 }, line]);
    expect(log.lines().filter(({ level }) => level === "error")).toEqual([]);
    log = captureLog();
    const ours = await tenant.send("/api/v1/operations", { config: { SHARDS: "none" } });
    expect([ours.status, log.requests()[0]?.level]).toEqual([503, "error"]);
    expect(log.requests()[0]).not.toHaveProperty("of");
  });

  test("a slow upstream, and any without a wait, is 202, and /result plays it back", async () => {
    const upstream = Promise.withResolvers<string>();
    answer(async () => {
      while (!(await Promise.race([upstream.promise, scheduler.wait(10)])));
      return new Response(await upstream.promise, { status: 418 });
    });
    const slow = await proxy("up/", { headers: { prefer: "wait=1" } });
    const none = await proxy("up/", { headers: { prefer: "" } });
    expect([slow.status, none.status]).toEqual([202, 202]);
    upstream.resolve("late");
    for (const response of [slow, none]) {
      const path = new URL(response.headers.get("location") ?? "").pathname;
      const result = await tenant.send(path, { headers: wait });
      expect([result.status, await result.text()]).toEqual([418, "late"]);
    }
  });

  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "forwards %s with its body",
    async (method) => {
      answer(async (request) => new Response(`${request.method} ${await request.text()}`));
      const body = method === "GET" ? {} : { body: "the body" };
      const response = await proxy("up/x", { method, ...body });
      expect(await response.text()).toBe(`${method} ${method === "GET" ? "" : "the body"}`);
    },
  );

  test("forwards HEAD as HEAD", async () => {
    answer(() => new Response(null, { headers: { "x-theirs": "kept" } }));
    const response = await proxy("up/x", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect([requests[0]?.method, response.headers.get("x-theirs")]).toEqual(["HEAD", "kept"]);
  });

  test.each([
    ["up", "https://up.test/base/"],
    ["up/", "https://up.test/base/"],
    ["up/a/b/", "https://up.test/base/a/b/"],
    ["up/a%20b/%C3%A9", "https://up.test/base/a%20b/%C3%A9"],
    ["up/a%2Fb", "https://up.test/base/a%2Fb"],
    ["up/a:b/c", "https://up.test/base/a:b/c"],
    ["up/a%3Ab/c", "https://up.test/base/a%3Ab/c"],
    ["up//a//b", "https://up.test/base//a//b"],
    ["up/x?", "https://up.test/base/x"],
    ["up/x?a=1&a=%26&b", "https://up.test/base/x?a=1&a=%26&b"],
    ["up/x?sync=true&wait=1s", "https://up.test/base/x?sync=true&wait=1s"],
    ["up/a/../b", "https://up.test/base/b"],
    ["bare/x", "http://127.0.0.1:9/x"],
  ])("%s goes to %s", async (path, url) => {
    answer(() => new Response("ok"));
    expect((await proxy(path)).status).toBe(200);
    expect(requests.map((request) => request.url)).toEqual([url]);
  });

  test.each([
    "up/..%2f..%2fsecret",
    "up/a/..%2F..%2F..%2Fsecret",
    "up/%2e%2e%2fsecret",
    "up/..%5c..%5csecret",
    "up/a%2f..%2f..%2fb",
    "up/%",
    "up/%ff",
  ])("%s leads out of the base, or nowhere: 400", async (path) => {
    answer(() => new Response("never"));
    await expectProblem(await proxy(path), "validation-failed");
    expect(requests).toEqual([]);
    expect(await tenant.ids()).toEqual([]);
  });

  test.each(["none/x", "constructor/x", "__proto__/x", "UP/x", "https:%2f%2fevil.test/x", "%ff/x"])(
    "%s is no upstream: 404",
    async (path) => {
      answer(() => new Response("never"));
      await expectProblem(await proxy(path), "not-found");
      expect(requests).toEqual([]);
    },
  );

  test("says to the upstream only what is meant for it", async () => {
    answer(() => new Response("ok"));
    await proxy("up/x", {
      method: "POST",
      body: "x",
      headers: {
        accept: "image/*",
        "accept-language": "sv",
        "content-type": "text/csv",
        "user-agent": "tests",
        "x-mine": "1",
        cookie: "a=b",
        "idempotency-key": "k",
        "operation-id": "k",
        connection: "x-hop, close",
        "x-hop": "1",
        "keep-alive": "1",
        te: "trailers",
        "proxy-authorization": "Basic x",
        "cf-connecting-ip": "1.2.3.4",
        "cf-ray": "x",
        "accept-encoding": "br",
        host: "other.test",
      },
    });
    const headers = Object.fromEntries(requests[0]?.headers ?? []);
    expect(headers).toEqual({
      accept: "image/*",
      "accept-language": "sv",
      "content-type": "text/csv",
      "user-agent": "tests",
      "x-mine": "1",
      "accept-encoding": "identity",
      forwarded: "for=unknown",
      "idempotency-key": "k",
      "operation-attempt": "1",
      "operation-id": (await tenant.ids())[0],
    });
    expect(JSON.stringify(await tenant.get("/operations"))).not.toContain(tenant.token);
  });

  test("a redirect is the answer, and is not followed", async () => {
    const headers = { location: "https://elsewhere.test/" };
    answer(() => new Response("moved", { status: 302, headers }));
    const response = await proxy("up/x");
    expect([response.status, await response.text()]).toEqual([302, "moved"]);
    expect(response.headers.get("location")).toBe("https://elsewhere.test/");
    expect(requests.map(({ redirect }) => redirect)).toEqual(["manual"]);
  });

  test("an upstream that is not reached is 424, and its address is told to nobody", async () => {
    answer(() => {
      throw new TypeError("cannot connect");
    });
    const response = await proxy("up/x");
    const { operation } = await expectProblem(response.clone(), "operation-failed");
    expect(operation?.error?.code).toBe("upstream_unreachable");
    expect(await response.text()).not.toContain("up.test");
    expect(log.lines().filter(({ level }) => level === "error")).toEqual([]);
  });

  test("a body of more than MAX_BODY is 413, an answer of more than 8 MiB 424", async () => {
    answer(() => new Response(new Uint8Array(8 * 1024 * 1024 + 1)));
    const large = await proxy("up/x", { method: "POST", body: new Uint8Array(1024 * 1024 + 1) });
    await expectProblem(large, "payload-too-large");
    expect(requests).toEqual([]);
    const { operation } = await expectProblem(await proxy("up/x"), "operation-failed");
    expect(operation?.error?.code).toBe("result_too_large");
  });

  test("forwards a body of a megabyte byte for byte", async () => {
    const bytes = new Uint8Array(1024 * 1024).map((_, n) => (n * 31) % 256);
    answer(async (request) => new Response(await request.bytes()));
    const response = await proxy("up/x", { method: "PUT", body: bytes });
    expect(await response.bytes()).toEqual(bytes);
  });

  test("a key makes one request of many", async () => {
    answer(() => new Response("once"));
    const headers = { "idempotency-key": "k" };
    const texts = await Promise.all(
      Array.from({ length: 8 }, async () =>
        (await proxy("up/x", { method: "POST", body: "b", headers })).text(),
      ),
    );
    expect(new Set(texts)).toEqual(new Set(["once"]));
    expect(requests).toHaveLength(1);
    const other = await proxy("up/y", { method: "POST", body: "b", headers });
    await expectProblem(other, "idempotency-key-reused");
  });

  test.each([
    ["request ids", { "x-request-id": "2", "x-correlation-id": "2", "request-id": "2" }],
    ["traces", { traceparent: "00-2-2-01", tracestate: "a=2", "x-b3-traceid": "2", baggage: "b" }],
    ["what it is", { "user-agent": "curl/9", "sec-ch-ua": "x", accept: "*/*", "sdk-retry": "2" }],
    ["addresses", { "x-forwarded-for": "192.0.2.2", "cf-connecting-ip": "192.0.2.2" }],
    ["a credential", { "x-api-key": "2", cookie: "a=2" }],
  ])("a key holds where a retry changes %s", async (_, changed) => {
    answer(() => new Response("once"));
    const first = { "idempotency-key": "k", "x-request-id": "1", "content-type": "text/plain" };
    await proxy("up/x?a=1", { method: "POST", body: "b", headers: first });
    const headers = { ...first, ...changed };
    const repeated = await proxy("up/x?a=1", { method: "POST", body: "b", headers });
    expect([repeated.status, repeated.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["path", "up/y?a=1", {}],
    ["query", "up/x?a=2", {}],
    ["upstream", "bare/x?a=1", {}],
    ["method", "up/x?a=1", { method: "PUT" }],
    ["body", "up/x?a=1", { body: "c" }],
    ["content type", "up/x?a=1", { headers: { "content-type": "text/html" } }],
  ])("a key does not hold for another %s", async (_, path, changed: Call) => {
    answer(() => new Response("once"));
    const headers = { "idempotency-key": "k", "content-type": "text/plain" };
    const first = { method: "POST", body: "b", headers };
    await proxy("up/x?a=1", first);
    const other = { ...first, ...changed, headers: { ...headers, ...changed.headers } };
    await expectProblem(await proxy(path, other), "idempotency-key-reused");
    expect(requests).toHaveLength(1);
  });

  test("a key holds across a deploy from and back to commit afff165", async () => {
    answer(() => new Response("once"));
    const headers = { "idempotency-key": "k", "x-request-id": "1", "content-type": "text/plain" };
    // What that code made of this request.
    const input = {
      upstream: "up",
      method: "POST",
      path: "/x",
      query: "a=1",
      headers: { "content-type": "text/plain", "x-request-id": "1" },
      bodyBase64: btoa("b"),
    };
    const idempotency = { key: "k", fingerprint: await formerFingerprint(input) };
    const command = { shard: 0, kind: "http", input: JSON.stringify(input), labels: {} };
    const before = { ...command, ttl: 60_000, deadline: 60_000, retry: once, idempotency };
    const send = () => proxy("up/x?a=1", { method: "POST", body: "b", headers });

    const made = await tenant.object().create(before);
    if (made.error) throw new Error(made.error.message);
    const repeated = await send();
    expect(repeated.headers.get("idempotency-replayed")).toBe("true");
    expect(repeated.headers.get("operation-location")).toContain(made.op.id);

    await tenant.send(`/api/v1/operations/${made.op.id}`, { method: "DELETE" });
    expect((await send()).headers.get("idempotency-replayed")).toBeNull();
    expect(await tenant.object().create(before)).toMatchObject({ replayed: true });
    const stored = await tenant.object().read((await tenant.ids())[0] ?? "");
    // An old object compares this member and no other.
    expect(JSON.parse(stored).op.idempotency).toMatchObject(idempotency);
  });

  test("the monitor tells upstream, method, path and status, and never the query", async () => {
    answer(() => new Response("x", { status: 418 }));
    const shown = { name: "up", method: "PUT", path: "/a%20b/%C3%A9", status: 418 };
    const first = await proxy("up/a%20b/é?key=s3cr3t", { method: "PUT" });
    expect(first.status).toBe(418);
    const input = { upstream: "up", method: "put", path: "a b/é", query: "key=s3cr3t" };
    await tenant.create({ kind: "http", input }, "?sync=true");
    const { operations } = await tenant.get<Page>("/operations");
    expect(operations.map(({ upstream }) => upstream)).toEqual([shown, shown]);
    expect(JSON.stringify(operations)).not.toContain("s3cr3t");

    const long = await monitorOf(
      await proxy(`up/${"a".repeat(4_000)}`, { headers: { prefer: "" } }),
    );
    expect(long.upstream).toMatchObject({ path: `/${"a".repeat(255)}…` });
    expect((await tenant.create({ kind: "echo" })).upstream).toBeUndefined();
  });

  test("a cancel stops the request", async () => {
    const aborted = vi.fn();
    answer(async ({ signal }) => {
      signal.addEventListener("abort", aborted);
      while (!signal.aborted) await scheduler.wait(10);
      throw signal.reason;
    });
    const { id } = await monitorOf(await proxy("up/x", { headers: { prefer: "" } }));
    await eventually(() => expect(requests).toHaveLength(1));
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    expect(await tenant.get(`/operations/${id}?wait=30s`)).toMatchObject({ status: "canceled" });
    expect(aborted).toHaveBeenCalledOnce();
  });
});

/** As commit afff165 makes it: SHA-256 of JSON with sorted members. */
async function formerFingerprint(input: Readonly<Record<string, unknown>>): Promise<string> {
  const sorted = (members: object) =>
    Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = JSON.stringify(sorted({ ...input, headers: sorted(Object(input.headers)) }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64();
}
