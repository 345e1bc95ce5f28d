import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { document } from "../../src/kinds/document.ts";
import { captureLog, type LogLines } from "./log-lines.ts";
import { type Call, monitorOf, origin, send, Tenant } from "./tenant.ts";

const base = "/api/v1beta1";
const service = { kind: "Service", id: "redis", port: 6379, labels: { name: "redis" } };
const sync = "?labels=&sync=true&timeout=10s";

let tenant: Tenant;
let log: LogLines;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  tenant = await Tenant.make();
  log = captureLog();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Answer is what comes back on this wire. */
interface Answer {
  readonly status: number;
  readonly body: {
    readonly kind?: string;
    readonly status?: string;
    readonly details?: string;
    readonly items?: readonly { readonly id: string }[];
    readonly [member: string]: unknown;
  };
  readonly headers: Headers;
}

async function answerOf(response: Response): Promise<Answer> {
  expect(response.headers.get("content-type")).toBe("application/json");
  const body = (await response.json()) as Answer["body"];
  return { status: response.status, body, headers: response.headers };
}

/** ask sends a request on this wire, and its body as the old client does: without a type. */
async function ask(
  method: string,
  path: string,
  body?: unknown,
  call: Call = {},
  by: Tenant = tenant,
): Promise<Answer> {
  const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
  const bytes = text === undefined ? {} : { body: new TextEncoder().encode(text) };
  return answerOf(await by.send(`${base}${path}`, { method, ...bytes, ...call }));
}

/** expectFailure holds an answer against the shape of every failure. */
function expectFailure(answer: Answer, status: number, details: RegExp): void {
  expect(answer).toMatchObject({
    status,
    body: { kind: "Status", status: "failure", details: expect.stringMatching(details) },
  });
  expect(Object.keys(answer.body)).toEqual(["kind", "status", "details"]);
}

function idsOf({ body }: Answer): readonly string[] {
  return (body.items ?? []).map(({ id }) => id);
}

/** ended waits for the end of an operation, as the native API does. */
async function ended(id: string, by: Tenant = tenant): Promise<void> {
  await by.get(`/operations/${id}?wait=20s`);
}

/** hold keeps the work of writes from writing, until it is stopped. */
function hold(): void {
  vi.spyOn(document, "run").mockImplementation(
    (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
  );
}

describe("the storages", () => {
  test.each([
    ["pods", "Pod", "PodList", "items"],
    ["services", "Service", "ServiceList", "items"],
    ["replicationControllers", "ReplicationController", "ReplicationControllerList", "items"],
    ["minions", "Minion", "MinionList", "minions"],
  ])("%s: create, list, get, update and delete", async (storage, kind, list, member) => {
    const empty = await ask("GET", `/${storage}${sync}`);
    expect([empty.status, empty.body]).toEqual([200, { kind: list, [member]: [] }]);

    const made = await ask("POST", `/${storage}${sync}`, { kind, id: "a", own: { n: 1 } });
    expect(made).toMatchObject({
      status: 200,
      body: { kind, id: "a", own: { n: 1 }, selfLink: `${base}/${storage}/a` },
    });
    const listed = await ask("GET", `/${storage}`);
    expect(listed.body).toEqual({ kind: list, [member]: [made.body] });
    expect((await ask("GET", `/${storage}/a${sync}`)).body).toEqual(made.body);

    vi.setSystemTime(Date.now() + 60_000);
    const changed = await ask("PUT", `/${storage}/a${sync}`, { ...made.body, own: { n: 2 } });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({
      ...made.body,
      own: { n: 2 },
      resourceVersion: changed.body.resourceVersion,
    });
    expect(Number(changed.body.resourceVersion)).toBeGreaterThan(Number(made.body.resourceVersion));
    expect((await ask("GET", `/${storage}/a`)).body).toEqual(changed.body);

    const gone = await ask("DELETE", `/${storage}/a${sync}`);
    expect([gone.status, gone.body]).toEqual([200, { kind: "Status", status: "success" }]);
    expectFailure(await ask("GET", `/${storage}/a`), 404, /^Cannot find "a" in /);
    expect((await ask("GET", `/${storage}/`)).body).toEqual({ kind: list, [member]: [] });
  });

  test("do not see each other's documents", async () => {
    await ask("POST", `/services${sync}`, service);
    expect((await ask("GET", "/pods")).body).toEqual({ kind: "PodList", items: [] });
    expectFailure(await ask("GET", "/pods/redis"), 404, /^Cannot find "redis" in pods$/);
  });

  test.each([
    ["", ["a", "b", "c"]],
    ["?labels=", ["a", "b", "c"]],
    ["?labels=tier%3Dfront", ["a", "b"]],
    ["?labels=tier==front,env!=prod", ["b"]],
    ["?labels=tier!%3Dfront", ["c"]],
    ["?labels=tier=front,&unknown=1&watch=true", ["a", "b"]],
    ["?labels=tier=none", []],
  ])("list selects by %s", async (query, ids) => {
    await ask("POST", `/pods${sync}`, { id: "a", labels: { tier: "front", env: "prod" } });
    await ask("POST", `/pods${sync}`, { id: "b", labels: { tier: "front" } });
    await ask("POST", `/pods${sync}`, { id: "c" });
    const listed = await ask("GET", `/pods${query}`);
    expect([listed.status, idsOf(listed)]).toEqual([200, ids]);
  });

  test("a bad selector is 400", async () => {
    expectFailure(await ask("GET", "/pods?labels=a"), 400, /^labels: want name=value .*"a"$/);
  });

  test("list goes on where one page of the object ends", async () => {
    const key = (n: number) => `p${String(n).padStart(4, "0")}`;
    const writes = Array.from({ length: 501 }, (_, n) => ask("POST", "/pods", { id: key(n) }));
    const made = await Promise.all(writes);
    await Promise.all(made.map(({ body }) => ended(body.details ?? "")));
    expect(idsOf(await ask("GET", "/pods"))).toEqual(made.map((_, n) => key(n)));
  });

  test("a document larger than a monitor shows is answered whole", async () => {
    const text = "é".repeat(100_000);
    const made = await ask("POST", `/pods${sync}`, { id: "large", text });
    expect([made.status, made.body.text === text]).toEqual([200, true]);
    expect((await ask("GET", "/pods/large")).body.text === text).toBe(true);
  });
});

describe("what is refused at once, with nothing stored", () => {
  test.each([
    ["POST", "/services", '{"kind":', 400, /^Cannot parse the body/],
    ["POST", "/services", "", 400, /^The body is empty$/],
    ["POST", "/services", "[]", 400, /expected object/i],
    ["POST", "/services", { ...service, kind: "Pod" }, 400, /^kind: want Service, not "Pod"$/],
    ["POST", "/services", { ...service, id: "" }, 400, /^id: want /],
    ["POST", "/services", { kind: "Service" }, 400, /^id: /],
    ["POST", "/services", { id: 1, labels: 2 }, 400, /^id: .*; labels: /],
    ["POST", "/services", { id: "a", __proto__x: 1, resourceVersion: 1.5 }, 400, /^resourceVers/],
    ["POST", "/services", { id: "a", text: "x".repeat(262_144) }, 413, /larger than 262144/],
    ["POST", "/services", "x".repeat(1_048_577), 413, /larger than 1048576 bytes/],
    ["PUT", "/services/other", service, 400, /^id: want "other", as in the path, not "redis"$/],
    ["PUT", "/services/redis", service, 404, /^Cannot find "redis" in services$/],
    ["DELETE", "/services/redis", undefined, 404, /^Cannot find "redis" in services$/],
    ["POST", "/endpoints", { id: "a" }, 404, /^Cannot find that path$/],
  ])("%s %s %#", async (method, path, body, status, details) => {
    for (const query of ["", sync]) {
      expectFailure(await ask(method, `${path}${query}`, body), status, details);
    }
    expect(await tenant.ids()).toEqual([]);
    expect((await ask("GET", "/services")).body.items).toEqual([]);
  });

  test("creating what exists, and updating another revision than the present", async () => {
    const made = await ask("POST", `/services${sync}`, service);
    for (const query of ["", sync]) {
      const exists = await ask("POST", `/services${query}`, { ...service, port: 1 });
      expectFailure(exists, 409, /^Cannot create "redis" in services: it exists$/);
      const stale = { ...service, resourceVersion: 1 };
      const changed = await ask("PUT", `/services/redis${query}`, stale);
      expectFailure(changed, 409, /^Cannot update "redis" in services: it is at \d+, not 1$/);
    }
    expect(await tenant.ids()).toHaveLength(1);
    expect((await ask("GET", "/services/redis")).body).toEqual(made.body);
    // As the clients of then write it that do not know one.
    expect(
      (await ask("PUT", `/services/redis${sync}`, { ...service, resourceVersion: 0 })).status,
    ).toBe(200);
  });

  test("a body of another type than JSON, where it names one", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expectFailure(await ask("POST", "/pods", '{"id":"a"}', { headers }), 415, /application\/json/);
    const json = { "content-type": "application/json" };
    expect((await ask("POST", "/pods", '{"id":"a"}', { headers: json })).status).toBe(202);
  });
});

describe("sync and operations", () => {
  test.each(["", "?sync=false", "?sync=1", "?timeout=10s", "?sync=true&timeout=0"])(
    "a write with %j is 202 with its Location, and then its result",
    async (query) => {
      const made = await ask("POST", `/services${query}`, service);
      const id = made.body.details ?? "";
      expect(made).toMatchObject({
        status: 202,
        body: { kind: "Status", status: "working", details: expect.stringMatching(/^\w{30}$/) },
      });
      expect(made.headers.get("location")).toBe(`${origin}${base}/operations/${id}`);
      expect(made.headers.get("retry-after")).toBe("1");
      await ended(id);
      for (const slash of ["", "/"]) {
        const polled = await ask("GET", `/operations/${id}${slash}`);
        expect([polled.status, polled.body]).toMatchObject([200, service]);
      }
    },
  );

  test("a write that takes longer than the timeout is 202, and polls from 202 to 200", async () => {
    hold();
    const made = await ask("POST", "/services?sync=true&timeout=50ms", service);
    const id = made.body.details ?? "";
    expect([made.status, made.body.status]).toEqual([202, "working"]);
    const polled = await ask("GET", `/operations/${id}`);
    expect([polled.status, polled.body]).toEqual([202, made.body]);
    expect((await ask("GET", "/services")).body.items).toEqual([]);
    const write = { verb: "create", storage: "services", id: "redis", document: '{"id":"redis"}' };
    await tenant.object().commitDocument(id, 1, write as never);
    expect(await ask("GET", `/operations/${id}`)).toMatchObject({
      status: 200,
      body: { id: "redis" },
    });
  });

  test("a write that a restart cuts off is made then, and the document is there once", async () => {
    hold();
    const made = await ask("POST", "/services", service);
    vi.restoreAllMocks();
    log = captureLog();
    await abortAllDurableObjects();
    const path = `/operations/${made.body.details}`;
    expect((await ask("GET", path)).status).toBe(202);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await tenant.get(`${path}?wait=20s`)).toMatchObject({ status: "succeeded", attempt: 2 });
    expect(await ask("GET", path)).toMatchObject({ status: 200, body: service });
    expect(idsOf(await ask("GET", "/services"))).toEqual(["redis"]);
  });

  test("of two creates at once that were both accepted, the one that lost reads as a failure", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask("POST", `/services${sync}`, service)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, ...Array(7).fill(409)]);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expectFailure(answer, 409, /^Cannot create "redis" in services: it exists$/);
    }
    const ids = await tenant.ids();
    const polled = await Promise.all(ids.map((id) => ask("GET", `/operations/${id}`)));
    expect(polled.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of polled.filter(({ status }) => status !== 200)) {
      expectFailure(answer, 409, /it exists$/);
    }
  });

  test("the list has no items when empty, and every operation in creation order", async () => {
    expect((await ask("GET", "/operations")).body).toEqual({ kind: "ServerOpList" });
    const made: string[] = [];
    for (let n = 0; n < 12; n++) {
      made.push((await ask("POST", "/pods", { id: `p${11 - n}` })).body.details ?? "");
      made.push((await tenant.create({ kind: "echo" })).id);
    }
    for (const path of ["/operations", "/operations/", "/operations?labels=&sync=true"]) {
      const { status, body } = await ask("GET", path);
      const items = made.map((id) => ({ id }));
      expect([status, body]).toEqual([200, { kind: "ServerOpList", items }]);
    }
  });

  test("the list goes on over the pages of several shards, and skips what has expired", async () => {
    const config = { SHARDS: "3" };
    const short = await tenant.create({ kind: "echo", ttl: "1s" }, "?sync=true", { config });
    const entries = Array.from({ length: 100 }, () => ({ kind: "echo", startAfter: "1h" }));
    const ids: string[] = [];
    for (let n = 0; n < 45; n++) {
      const path = "/api/v1/operations:batchCreate";
      const response = await tenant.send(path, { json: { operations: entries }, config });
      const { operations } = (await response.json()) as { operations: { id: string }[] };
      ids.push(...operations.map(({ id }) => id));
    }
    expect(idsOf(await ask("GET", "/operations", undefined, { config }))).toContain(short.id);
    vi.setSystemTime(Date.now() + 1_000);
    const listed = idsOf(await ask("GET", "/operations", undefined, { config }));
    expect(listed).toEqual(ids.toSorted());
  });

  test("a native operation reads here too", async () => {
    const value = async (input: unknown) => {
      const { id } = await tenant.create({ kind: "echo", input }, "?sync=true");
      return ask("GET", `/operations/${id}`);
    };
    expect(await value({ a: 1 })).toMatchObject({ status: 200, body: { a: 1 } });
    const told = { kind: "Status", status: "success", details: "[1,2]" };
    expect((await value([1, 2])).body).toEqual(told);
    const later = await tenant.create({ kind: "echo", startAfter: "1h" });
    expect((await ask("GET", `/operations/${later.id}`)).status).toBe(202);
    await tenant.send(`/api/v1/operations/${later.id}:cancel`, { method: "POST" });
    expectFailure(await ask("GET", `/operations/${later.id}`), 424, /./);
    const failing = { outcome: "fail", message: "None left" };
    const { id } = await tenant.create({ kind: "simulate", input: failing });
    await ended(id);
    expectFailure(await ask("GET", `/operations/${id}`), 424, /^None left$/);
  });

  test("work that panics reads as a 500, and tells nothing of why", async () => {
    vi.spyOn(document, "run").mockRejectedValue(new Error("secret reason"));
    const retry = { maxAttempts: 1, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    vi.spyOn(document, "retry", "get").mockReturnValue(retry);
    const answer = await ask("POST", `/services${sync}`, service);
    expectFailure(answer, 500, /^The work broke in an unexpected way$/);
  });

  test("an operation that was made here expires 10 minutes after it ended; its document does not", async () => {
    await ask("POST", `/services${sync}`, service);
    const [id] = await tenant.ids();
    const monitor = await tenant.get(`/operations/${id}`);
    const finished = Date.parse(monitor.finishedAt ?? "");
    expect(Date.parse(monitor.expiresAt ?? "") - finished).toBe(600_000);
    vi.setSystemTime(finished + 599_999);
    expect((await ask("GET", `/operations/${id}`)).status).toBe(200);
    vi.setSystemTime(finished + 600_000);
    expectFailure(await ask("GET", `/operations/${id}`), 404, /^Cannot find operation "/);
    expect((await ask("GET", "/services/redis")).status).toBe(200);
  });

  test("the documents are in one place, whatever SHARDS is", async () => {
    await ask("POST", `/services${sync}`, service);
    const config = { SHARDS: "7" };
    expect((await ask("GET", "/services/redis", undefined, { config })).status).toBe(200);
    const again = await ask("POST", `/services${sync}`, service, { config });
    expectFailure(again, 409, /it exists$/);
    const gone = await ask("DELETE", "/services/redis", undefined, { config });
    await tenant.get(`/operations/${gone.body.details}?wait=20s`, { config });
    expectFailure(await ask("GET", "/services/redis", undefined, { config }), 404, /./);
  });

  test("the native API shows such an operation, and makes none", async () => {
    await ask("POST", `/services${sync}`, service);
    const [id] = await tenant.ids();
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({
      kind: "document",
      status: "succeeded",
      metadata: { verb: "create", storage: "services", id: "redis" },
      result: service,
    });
    const input = { verb: "delete", storage: "services", id: "redis", result: "{}" };
    const refused = await tenant.post({ kind: "document", input });
    expect(refused.status).toBe(404);
    expect((await ask("GET", "/services/redis")).status).toBe(200);
  });
});

describe("paths and methods", () => {
  test.each([
    ["GET", ""],
    ["GET", "/"],
    ["GET", "/nothing"],
    ["POST", "/nothing"],
    ["PATCH", "/nothing"],
    ["GET", "/Services"],
    ["GET", "/services/a/b"],
    ["GET", "/operations/1/extra"],
    ["GET", "/operations/1"],
    ["GET", `/operations/${"0".repeat(30)}`],
    ["GET", "/services/%ff"],
    ["GET", "/services/a%2Fb"],
    ["GET", "/proxy/x"],
  ])("%s %s is 404", async (method, path) => {
    expectFailure(await ask(method, path), 404, /^Cannot find/);
  });

  test.each([
    ["POST", "/operations", "GET, HEAD"],
    ["DELETE", "/operations/1", "GET, HEAD"],
    ["PUT", "/operations/1", "GET, HEAD"],
    ["DELETE", "/services", "GET, HEAD, POST"],
    ["PUT", "/services/", "GET, HEAD, POST"],
    ["POST", "/services/a", "DELETE, GET, HEAD, PUT"],
    ["PATCH", "/services/a", "DELETE, GET, HEAD, PUT"],
  ])("%s %s is 405 with Allow, and no data", async (method, path, allow) => {
    const answer = await ask(method, path);
    expectFailure(answer, 405, /^Cannot use this method here; allowed: /);
    expect(answer.headers.get("allow")).toBe(allow);
  });

  test("HEAD works where GET does, without a body", async () => {
    await ask("POST", `/services${sync}`, service);
    const [id] = await tenant.ids();
    for (const path of ["/services", "/services/redis", "/operations", `/operations/${id}`]) {
      const head = await tenant.send(`${base}${path}`, { method: "HEAD" });
      expect([path, head.status, await head.text()]).toEqual([path, 200, ""]);
      expect(head.headers.get("content-type")).toBe("application/json");
    }
    const missing = await tenant.send(`${base}/pods/none`, { method: "HEAD" });
    expect([missing.status, await missing.text()]).toEqual([404, ""]);
  });

  test("a request is one line of the log and one count, by its route", async () => {
    await ask("POST", `/services${sync}`, service);
    await ask("GET", "/services/redis?labels=hidden-value");
    await ask("GET", "/hidden-storage/hidden-id");
    expect(log.requests().map(({ method, route, status }) => [method, route, status])).toEqual([
      ["POST", `${base}/services`, 200],
      ["GET", `${base}/services/{id}`, 200],
      ["GET", "unmatched", 404],
    ]);
    expect(log.text()).not.toContain("hidden");
    expect((await tenant.stats()).requests).toMatchObject({
      [`${base}/services`]: { count: 1 },
      [`${base}/services/{id}`]: { count: 1 },
      unmatched: { count: 1 },
    });
  });

  test("a panic is a 500 as a Status, and one line with its stack", async () => {
    const broken = () => {
      throw new Error("the map is broken");
    };
    const config = { OPERATIONS: new Proxy(env.OPERATIONS, { get: broken }) };
    const answer = await ask("GET", "/services", undefined, { config });
    expectFailure(answer, 500, /^Something broke here; request /);
    expect(log.requests()).toMatchObject([
      { level: "error", status: 500, stack: expect.stringContaining("the map is broken") },
    ]);
  });
});

describe("who may", () => {
  test("a 401 is a Status, and asks for Basic before Bearer", async () => {
    for (const path of ["/services", "/operations", "/operations/1", "/nothing", ""]) {
      const answer = await answerOf(await send(`${base}${path}`));
      expectFailure(answer, 401, /^Want a token/);
      expect(answer.headers.get("www-authenticate")).toBe(
        'Basic realm="operations", charset="UTF-8", Bearer realm="operations"',
      );
    }
  });

  test("Basic with the token as its password is let in, whatever the user is called", async () => {
    const authorization = `Basic ${btoa(`kubernetes:${tenant.token}`)}`;
    const answer = await ask("POST", `/services${sync}`, service, { headers: { authorization } });
    expect(answer.status).toBe(200);
    const wrong = { authorization: `Basic ${btoa("kubernetes:wrong")}` };
    expectFailure(await ask("GET", "/services", undefined, { headers: wrong }), 401, /./);
  });

  test("reading needs the scope read, and writing the scope write", async () => {
    const reader = await Tenant.make(["read"], tenant.name);
    const writer = await Tenant.make(["write"], tenant.name);
    const made = await ask("POST", `/services${sync}`, service, {}, writer);
    expect(made.status).toBe(200);
    for (const path of ["/services", "/services/redis", "/operations"]) {
      expect((await ask("GET", path, undefined, {}, reader)).status).toBe(200);
      expectFailure(await ask("GET", path, undefined, {}, writer), 403, /lacks the scope read$/);
    }
    for (const [method, path] of [
      ["POST", "/services"],
      ["PUT", "/services/redis"],
      ["DELETE", "/services/redis"],
    ] as const) {
      const answer = await ask(method, path, service, {}, reader);
      expectFailure(answer, 403, /lacks the scope write$/);
    }
  });

  test("another tenant sees none of it", async () => {
    const other = await Tenant.make();
    const made = await ask("POST", "/services", service);
    const id = made.body.details ?? "";
    await ended(id);
    const theirs = (method: string, path: string, body?: unknown) =>
      ask(method, path, body, {}, other);
    expectFailure(await theirs("GET", `/operations/${id}`), 404, /^Cannot find operation /);
    expectFailure(await theirs("GET", "/services/redis"), 404, /./);
    expectFailure(await theirs("DELETE", "/services/redis"), 404, /./);
    expect((await theirs("GET", "/services")).body.items).toEqual([]);
    expect((await theirs("GET", "/operations")).body).toEqual({ kind: "ServerOpList" });
    expect((await theirs("POST", `/services${sync}`, { ...service, port: 1 })).status).toBe(200);
    expect((await ask("GET", "/services/redis")).body.port).toBe(6379);
  });

  test("a ticket opens nothing here", async () => {
    const TICKET_SECRET = "s".repeat(32);
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const config = { TICKET_SECRET };
    const path = `/api/v1/operations/${id}:tickets`;
    const response = await tenant.send(path, { method: "POST", json: {}, config });
    const { ticket } = (await response.json()) as { ticket: string };
    expect(
      (
        await monitorOf(
          await send(`/api/v1/operations/${id}`, {
            headers: { authorization: `Bearer ${ticket}` },
            config: { ...config, TOKENS: tenant.tokens },
          }),
        )
      ).id,
    ).toBe(id);
    for (const at of ["/services", `/operations/${id}`]) {
      const headers = { authorization: `Bearer ${ticket}` };
      expectFailure(await ask("GET", at, undefined, { headers, config }), 403, /^A ticket only/);
    }
  });

  test("a bad configuration is 503 as a Status", async () => {
    const answer = await ask("GET", "/services", undefined, { config: { SHARDS: "0" } });
    expectFailure(answer, 503, /^The configuration is not good: SHARDS$/);
  });
});
