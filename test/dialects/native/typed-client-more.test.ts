import { beforeEach, describe, expect, test, vi } from "vitest";
import type { OperationsClient } from "../../../src/client/index.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { configure, Tenant } from "../../edge/tenant.ts";
import { eventually } from "../../eventually.ts";
import { all, clientOf } from "./typed-client.ts";

configure({
  WEBHOOK_SECRET: `whsec_${btoa("k".repeat(24))}`,
  UPSTREAMS: '{"up":"https://up.test/base"}',
});

let client: OperationsClient;

freshTenant();
beforeEach(() => {
  client = clientOf(tenant);
});

const later = { kind: "simulate", input: { outcome: "hang" }, startAfter: "1h" };

/** Stands in for every upstream and target. */
function answer(make: () => Response): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => make());
}

describe("OperationsClient", () => {
  test("batchCreate answers each in its place, also those that are refused", async () => {
    const idempotencyKey = "mine";
    const [made, refused, again] = await client.batchCreate([
      { ...later, idempotencyKey },
      { kind: "echo", ttl: "soon" },
      { ...later, idempotencyKey },
    ]);
    expect(made).toMatchObject({ kind: "simulate", status: "pending" });
    expect(again?.id).toBe(made?.id);
    expect(refused?.status === undefined && refused?.error).toMatchObject({
      code: "validation-failed",
      errors: [{ path: "operations[1].ttl" }],
    });
  });

  test("batchGet answers each in its place, also those that are not there", async () => {
    const { id } = await client.create(later);
    const [none, found] = await client.batchGet(["none", id]);
    expect(none).toMatchObject({ id: "none", error: { code: "operation-not-found" } });
    expect(found).toEqual(await client.get(id));
  });

  test("input answers what an operation asks", async () => {
    const { id } = await client.create({
      kind: "simulate",
      input: { outcome: "ask", message: "Which?" },
    });
    for await (const operation of client.watch(id)) {
      if (operation.status !== "input_required") continue;
      expect(operation.inputRequest).toMatchObject({ message: "Which?", schema: {} });
      await client.input(id, { colour: ["red", null] });
    }
    const ended = await client.waitFor(id);
    expect(ended.status === "succeeded" && ended.result).toEqual({
      answer: { colour: ["red", null] },
    });
    await expect(client.input(id, 1)).rejects.toMatchObject({ status: 409 });
  });

  test("ticket makes one that reads its operation and nothing else", async () => {
    const config = { TICKET_SECRET: "the-first-secret-of-these-tests-0001" };
    const { id } = await client.create(later);
    const other = await client.create(later);
    const { ticket, expiresAt } = await clientOf(tenant, config).ticket(id, { ttl: "1h" });
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
    const bearer = clientOf({ ...tenant, token: ticket } as Tenant, config);
    expect((await bearer.get(id)).id).toBe(id);
    await expect(bearer.get(other.id)).rejects.toMatchObject({ name: "RequestError" });
    await expect(bearer.cancel(id)).rejects.toMatchObject({ status: 403 });
    await client.cancel(id);
    expect((await all(bearer.watch(id))).at(-1)?.status).toBe("canceled");
  });

  test("deliveries and redeliver tell how the webhook was told", async () => {
    answer(() => new Response(null, { status: 202 }));
    const webhook = "https://hook.test/a?token=secret";
    const { id } = await client.create({ kind: "echo", webhook }, { wait: "10s" });
    const delivered = {
      webhookId: `msg_${id}`,
      target: "https://hook.test",
      state: "delivered",
      tries: [{ status: 202 }],
    };
    await eventually(async () => expect(await client.deliveries(id)).toMatchObject([delivered]));
    expect(await client.redeliver(id)).toMatchObject([{ state: "pending" }]);
    const twice = { ...delivered, tries: [{ status: 202 }, { status: 202 }] };
    await eventually(async () => expect(await client.deliveries(id)).toMatchObject([twice]));
  });

  test.each([404, 503])("result plays back an upstream's %i", async (status) => {
    answer(() => new Response("theirs", { status, headers: { "x-theirs": "kept" } }));
    const headers = { prefer: "wait=30" };
    await tenant.send("/api/proxy/up/a", { headers });
    const [made] = await all(client.list());
    const response = await client.result(made?.id ?? "");
    expect([response.status, response.headers.get("x-theirs")]).toEqual([status, "kept"]);
    expect(await response.text()).toBe("theirs");
  });

  test("work does what is claimed, until its signal ends it", async () => {
    configure({ EXTERNAL_KINDS: "resize" });
    const worker = clientOf(await Tenant.make(["read", "write", "work"]), {
      EXTERNAL_KINDS: "resize",
    });
    const stop = new AbortController();
    const { id } = await worker.create({ kind: "resize", input: 7 });
    const working = worker.work({
      kinds: ["resize"],
      signal: stop.signal,
      grace: "0s",
      run: (input) => ({ did: input }),
    });
    const ended = await worker.waitFor(id);
    stop.abort();
    await working;
    expect(ended.status === "succeeded" && ended.result).toEqual({ did: 7 });
  });
});
