import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { document } from "../../../src/kinds/document.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { captureLog } from "../../edge/log-lines.ts";
import { origin } from "../../edge/tenant.ts";
import { ask, base, ended, expectFailure, hold, idsOf, service, sync } from "./wire-of-2014.ts";

freshTenant({ clock: true });

describe("sync and operations", () => {
  test.each(["", "?sync=false", "?sync=1", "?timeout=10s", "?sync=true&timeout=0"])(
    "a write with %j is 202 with its Location, and then its result",
    async (query) => {
      const made = await ask(tenant, "POST", `/services${query}`, service);
      const id = made.body.details ?? "";
      expect(made).toMatchObject({
        status: 202,
        body: { kind: "Status", status: "working", details: expect.stringMatching(/^\w{30}$/) },
      });
      expect(made.headers.get("location")).toBe(`${origin}${base}/operations/${id}`);
      expect(made.headers.get("retry-after")).toBe("1");
      await ended(tenant, id);
      for (const slash of ["", "/"]) {
        const polled = await ask(tenant, "GET", `/operations/${id}${slash}`);
        expect([polled.status, polled.body]).toMatchObject([200, service]);
      }
    },
  );

  test("a write that takes longer than the timeout is 202, and polls from 202 to 200", async () => {
    hold();
    const made = await ask(tenant, "POST", "/services?sync=true&timeout=50ms", service);
    const id = made.body.details ?? "";
    expect([made.status, made.body.status]).toEqual([202, "working"]);
    const polled = await ask(tenant, "GET", `/operations/${id}`);
    expect([polled.status, polled.body]).toEqual([202, made.body]);
    expect((await ask(tenant, "GET", "/services")).body.items).toEqual([]);
    const write = { verb: "create", storage: "services", id: "redis", document: '{"id":"redis"}' };
    await tenant.object().commitDocument(id, 1, write as never);
    expect(await ask(tenant, "GET", `/operations/${id}`)).toMatchObject({
      status: 200,
      body: { id: "redis" },
    });
  });

  test("a write that a restart cuts off is made then, and the document is there once", async () => {
    hold();
    const made = await ask(tenant, "POST", "/services", service);
    vi.restoreAllMocks();
    captureLog();
    await abortAllDurableObjects();
    const path = `/operations/${made.body.details}`;
    expect((await ask(tenant, "GET", path)).status).toBe(202);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await tenant.get(`${path}?wait=20s`)).toMatchObject({ status: "succeeded", attempt: 2 });
    expect(await ask(tenant, "GET", path)).toMatchObject({ status: 200, body: service });
    expect(idsOf(await ask(tenant, "GET", "/services"))).toEqual(["redis"]);
  });

  test("of two creates at once that were both accepted, the one that lost reads as a failure", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(tenant, "POST", `/services${sync}`, service)),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, ...Array(7).fill(409)]);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expectFailure(answer, 409, /^Cannot create "redis" in services: it exists$/);
    }
    const ids = await tenant.ids();
    const polled = await Promise.all(ids.map((id) => ask(tenant, "GET", `/operations/${id}`)));
    expect(polled.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of polled.filter(({ status }) => status !== 200)) {
      expectFailure(answer, 409, /it exists$/);
    }
  });

  test("the list has no items when empty, and every operation in creation order", async () => {
    expect((await ask(tenant, "GET", "/operations")).body).toEqual({ kind: "ServerOpList" });
    const made: string[] = [];
    for (let n = 0; n < 12; n++) {
      made.push((await ask(tenant, "POST", "/pods", { id: `p${11 - n}` })).body.details ?? "");
      made.push((await tenant.create({ kind: "echo" })).id);
    }
    for (const path of ["/operations", "/operations/", "/operations?labels=&sync=true"]) {
      const { status, body } = await ask(tenant, "GET", path);
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
    expect(idsOf(await ask(tenant, "GET", "/operations", undefined, { config }))).toContain(
      short.id,
    );
    vi.setSystemTime(Date.now() + 1_000);
    const listed = idsOf(await ask(tenant, "GET", "/operations", undefined, { config }));
    expect(listed).toEqual(ids.toSorted());
  });

  test("a native operation reads here too", async () => {
    const value = async (input: unknown) => {
      const { id } = await tenant.create({ kind: "echo", input }, "?sync=true");
      return ask(tenant, "GET", `/operations/${id}`);
    };
    expect(await value({ a: 1 })).toMatchObject({ status: 200, body: { a: 1 } });
    const told = { kind: "Status", status: "success", details: "[1,2]" };
    expect((await value([1, 2])).body).toEqual(told);
    const later = await tenant.create({ kind: "echo", startAfter: "1h" });
    expect((await ask(tenant, "GET", `/operations/${later.id}`)).status).toBe(202);
    await tenant.send(`/api/v1/operations/${later.id}:cancel`, { method: "POST" });
    expectFailure(await ask(tenant, "GET", `/operations/${later.id}`), 424, /./);
    const failing = { outcome: "fail", message: "None left" };
    const { id } = await tenant.create({ kind: "simulate", input: failing });
    await ended(tenant, id);
    expectFailure(await ask(tenant, "GET", `/operations/${id}`), 424, /^None left$/);
  });

  test("work that panics reads as a 500, and tells nothing of why", async () => {
    vi.spyOn(document, "run").mockRejectedValue(new Error("secret reason"));
    const retry = { maxAttempts: 1, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    vi.spyOn(document, "retry", "get").mockReturnValue(retry);
    const answer = await ask(tenant, "POST", `/services${sync}`, service);
    expectFailure(answer, 500, /^The work threw an unexpected exception$/);
  });

  test("an operation that was made here expires 10 minutes after it ended; its document does not", async () => {
    await ask(tenant, "POST", `/services${sync}`, service);
    const [id] = await tenant.ids();
    const monitor = await tenant.get(`/operations/${id}`);
    const finished = Date.parse(monitor.finishedAt ?? "");
    expect(Date.parse(monitor.expiresAt ?? "") - finished).toBe(600_000);
    vi.setSystemTime(finished + 599_999);
    expect((await ask(tenant, "GET", `/operations/${id}`)).status).toBe(200);
    vi.setSystemTime(finished + 600_000);
    expectFailure(await ask(tenant, "GET", `/operations/${id}`), 404, /^Cannot find operation "/);
    expect((await ask(tenant, "GET", "/services/redis")).status).toBe(200);
  });

  test("the documents are in one place, whatever SHARDS is", async () => {
    await ask(tenant, "POST", `/services${sync}`, service);
    const config = { SHARDS: "7" };
    expect((await ask(tenant, "GET", "/services/redis", undefined, { config })).status).toBe(200);
    const again = await ask(tenant, "POST", `/services${sync}`, service, { config });
    expectFailure(again, 409, /it exists$/);
    const gone = await ask(tenant, "DELETE", "/services/redis", undefined, { config });
    await tenant.get(`/operations/${gone.body.details}?wait=20s`, { config });
    expectFailure(await ask(tenant, "GET", "/services/redis", undefined, { config }), 404, /./);
  });

  test("the native API shows such an operation, and makes none", async () => {
    await ask(tenant, "POST", `/services${sync}`, service);
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
    expect((await ask(tenant, "GET", "/services/redis")).status).toBe(200);
  });
});
