import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { OperationsClient } from "../../src/client/index.ts";
import { settle } from "../../src/testing/index.ts";
import { startReceiver } from "../compat/receiver.ts";
import { builtWorker } from "./built-worker.ts";
import { inMiniflare } from "./in-miniflare.ts";
import type { kinds } from "./settled-worker.ts";

// As the tests of somebody's own Worker do it under `node --test`: a Miniflare, and no sleeping.

const on = inMiniflare(() => builtWorker("settled-worker.ts"), {
  durableObjects: {
    OPERATIONS: { className: "OperationsObject", useSQLite: true },
    PRODUCTION: { className: "ProductionObject", useSQLite: true },
  },
  bindings: {
    TOKENS: JSON.stringify({ [digest("t2")]: { tenant: "chain", scopes: ["admin"] } }),
  },
});
let client: OperationsClient<typeof kinds>;
beforeAll(() => {
  client = new OperationsClient<typeof kinds>({ url: on.url, token: "t" });
});

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** How long settle waits for work that ends: as long as it takes on a busy machine. */
const patience = 60_000;
const settled = (options?: Parameters<typeof settle>[2]) =>
  settle(on.worker, "default", { patience, ...options });

describe("settle", () => {
  it("sees work to its end, whatever its object, in turns where its kind has few places", async () => {
    const entries = Array.from({ length: 12 }, () => ({ kind: "slow" as const }));
    const made = await client.createMany(entries);
    await settled();
    for (const { id } of made as readonly { id: string }[]) {
      expect(await client.get(id)).toMatchObject({ status: "succeeded", result: "done" });
    }
  });

  it("makes attempts again when their time comes, one after the other", async () => {
    const { id, createdAt } = await client.create("flaky");
    await settled();
    expect(await client.get(id)).toMatchObject({ status: "pending", attempt: 1 });
    await settled({ advance: "61m" });
    expect(await client.get(id)).toMatchObject({ status: "pending", attempt: 2 });
    // The second pause is twice as long; all of it and a third attempt in one go.
    await settled({ advance: "23h" });
    const ended = await client.get(id);
    expect(ended).toMatchObject({ status: "succeeded", result: { attempt: 3 } });
    const took = (ended as { result: { at: number } }).result.at - Date.parse(createdAt);
    // Pauses of one and two hours, each shortened at random, by up to half.
    expect(took).toBeGreaterThanOrEqual(1.5 * 3_600_000);
    expect(took).toBeLessThan(4 * 3_600_000);
  });

  it("lets a deadline pass that work does not keep", async () => {
    const { id } = await client.create("hangs");
    await settled({ patience: 20 });
    expect(await client.get(id)).toMatchObject({ status: "running" });
    await settled({ advance: 300_000, patience: 20 });
    expect(await client.get(id)).toMatchObject({
      status: "failed",
      error: { code: "deadline_exceeded" },
    });
  });

  it("leaves a question open, and goes on with its answer", async () => {
    const { id } = await client.create("asks");
    await settled();
    expect(await client.get(id)).toMatchObject({ status: "input_required" });
    await client.input(id, 7);
    await settled();
    expect(await client.get(id)).toMatchObject({ status: "succeeded", result: 7 });
  });

  it("begins what was to begin later, and removes what has expired", async () => {
    const { id } = await client.create("slow", null, { startAfter: "2h", ttl: "1h" });
    await settled({ advance: "119m" });
    expect(await client.get(id)).toMatchObject({ status: "pending" });
    await settled({ advance: "2m" });
    expect(await client.get(id)).toMatchObject({ status: "succeeded" });
    await settled({ advance: "1h" });
    await expect(client.get(id)).rejects.toMatchObject({ code: "operation-not-found" });
  });

  it("follows work that makes operations in other objects", async () => {
    const chain = new OperationsClient<typeof kinds>({ url: on.url, token: "t2" });
    await chain.create("passesOn", { left: 9 });
    await settle(on.worker, "chain", { patience });
    const made = await Array.fromAsync(chain.list());
    expect(made.map(({ status }) => status)).toEqual(Array(10).fill("succeeded"));
  });

  it("sends webhooks, again where they are refused", async () => {
    const receiver = await startReceiver();
    try {
      const webhook = { url: `${receiver.url}/refuse` };
      const { id } = await client.create("slow", null, { webhook });
      await settled();
      expect(receiver.at("/refuse")).toHaveLength(1);
      await settled({ advance: "1h" });
      const ids = receiver.at("/refuse").map(({ headers }) => headers["webhook-id"]);
      expect(ids.length).toBeGreaterThan(1);
      expect(new Set(ids)).toEqual(new Set([ids[0]]));
      expect(await client.deliveries(id)).toMatchObject([{ state: "delivered" }]);
    } finally {
      await receiver.close();
    }
  });

  it("gives a lease that its worker lets lapse to another", async () => {
    const open = new OperationsClient({ url: on.url, token: "t" });
    const { id } = await open.create({ kind: "outside", retry: { maxAttempts: 2 } });
    const claimed = await fetch(`${on.url}/api/v1/operations:claim`, {
      method: "POST",
      headers: { authorization: "Bearer t", "content-type": "application/json" },
      body: JSON.stringify({ kinds: ["outside"], lease: "1m" }),
    });
    expect(claimed.status).toBe(200);
    await settled({ advance: "2m" });
    expect(await open.get(id)).toMatchObject({ status: "pending", attempt: 1 });
  });

  it("is refused by an object that was not given testing()", async () => {
    const refused = settle(on.worker, "default", { binding: "PRODUCTION" });
    await expect(refused).rejects.toThrow("createOperations was not given testing()");
  });

  it.each([["-1s"], [-1], ["soon"], [Number.NaN]])("refuses to advance by %j", async (advance) => {
    await expect(settled({ advance })).rejects.toThrow(/^Cannot advance by /);
  });

  it("says where a binding is not there", async () => {
    await expect(settle({}, "default")).rejects.toThrow("no Durable Object binding OPERATIONS");
    const elsewhere = settle(on.worker, "default", { binding: "NONE" });
    await expect(elsewhere).rejects.toThrow(TypeError);
  });
});
