import { beforeEach, describe, expect, test } from "vitest";
import { packageVersion } from "../../../src/base/version.ts";
import { isFinished, type Operation, type OperationsClient } from "../../../src/client/index.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { all, clientOf } from "./typed-client.ts";

let client: OperationsClient;

freshTenant();
beforeEach(() => {
  client = clientOf(tenant);
});

const hang = { kind: "simulate", input: { outcome: "hang" } };
const later = { ...hang, startAfter: "1h" };
const failing = { kind: "simulate", input: { outcome: "fail", code: "no_pixels" } };

describe("OperationsClient.create", () => {
  test("answers the operation at once, or, with wait, its end", async () => {
    const pending = await client.create({ ...later, labels: { customer: "42" } });
    expect(pending).toMatchObject({ kind: "simulate", status: "pending", version: 1 });
    expect(pending.labels).toEqual({ customer: "42" });
    const done = await client.create({ kind: "echo", input: [1] }, { wait: "10s" });
    expect(done.status === "succeeded" && done.result).toEqual([1]);
  });

  test("returns one that failed, with its error, instead of throwing", async () => {
    const failed = await client.create(failing, { wait: "10s" });
    expect(failed.status === "failed" && failed.error.code).toBe("no_pixels");
  });

  test("makes one operation of a key, and another of each create without", async () => {
    const idempotencyKey = "invoice 7";
    const first = await client.create(later, { idempotencyKey });
    expect((await client.create(later, { idempotencyKey })).id).toBe(first.id);
    expect((await client.create(later)).id).not.toBe(first.id);
    await expect(client.create(hang, { idempotencyKey })).rejects.toMatchObject({
      code: "idempotency-key-reused",
      status: 422,
    });
  });

  test("rejects with what is wrong, and where", async () => {
    await expect(client.create({ kind: "echo", ttl: "soon" })).rejects.toMatchObject({
      name: "RequestError",
      status: 400,
      code: "validation-failed",
      errors: [{ path: "ttl" }],
    });
  });
});

describe("OperationsClient", () => {
  test("get, cancel and delete follow an operation to its end", async () => {
    const { id } = await client.create(hang);
    expect(await client.get(id)).toMatchObject({ id, kind: "simulate" });
    await expect(client.delete(id)).rejects.toMatchObject({ code: "operation-active" });
    await client.cancel(id);
    const ended = await client.waitFor(id);
    expect(ended.status === "canceled" && ended.error.code).toBe("canceled");
    await client.delete(id);
    await expect(client.get(id)).rejects.toMatchObject({ code: "operation-not-found" });
    await expect(client.waitFor(id)).rejects.toMatchObject({ code: "operation-not-found" });
    await expect(client.delete(id)).rejects.toMatchObject({ code: "operation-not-found" });
  });

  test("list reads every page, and filters", async () => {
    const ids: string[] = [];
    for (const customer of ["1", "2", "1"]) {
      ids.push((await client.create({ ...later, labels: { customer } })).id);
    }
    const found = await all(client.list({ pageSize: 1, order: "asc" }));
    expect(found.map(({ id }) => id)).toEqual(ids);
    const ones = await all(client.list({ labels: { customer: "1" }, kinds: ["simulate"] }));
    expect(ones.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect(await all(client.list({ statuses: ["failed", "running"] }))).toEqual([]);
    const page = await client.listPage({ pageSize: 2 });
    expect(page.operations).toHaveLength(2);
    const { pageToken = page.nextPageToken } = {};
    expect((await client.listPage({ pageToken })).operations).toHaveLength(1);
  });

  test("waitFor answers the end, and WaitTimeoutError the state that it gave up on", async () => {
    const { id } = await client.create(later);
    await expect(client.waitFor(id, { timeout: "20ms" })).rejects.toMatchObject({
      name: "WaitTimeoutError",
      operation: { id, status: "pending" },
    });
    const waiting = client.waitFor(id);
    await client.cancel(id);
    expect(isFinished(await waiting)).toBe(true);
  });

  test("result answers the bytes, or why there are none", async () => {
    const { id } = await client.create({ kind: "echo", input: { a: 1 } }, { wait: "10s" });
    const response = await client.result(id);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toEqual({ a: 1 });
    const pending = await client.create(later);
    await expect(client.result(pending.id)).rejects.toMatchObject({
      name: "UnfinishedError",
      operation: { id: pending.id, status: "pending" },
    });
    const failed = await client.create(failing, { wait: "10s" });
    await expect(client.result(failed.id)).rejects.toMatchObject({
      name: "RequestError",
      status: 424,
      code: "operation-failed",
      operation: { id: failed.id } satisfies Partial<Operation>,
    });
  });

  test("inputOf answers what an operation was made with, at its end too", async () => {
    const input = { nested: [1, "two", null], text: "x".repeat(100_000) };
    const made = await client.create({ kind: "echo", input }, { wait: "10s" });
    expect(made.status).toBe("succeeded");
    expect(await client.inputOf(made.id)).toEqual(input);
    const without = await client.create({ kind: "echo" });
    expect(await client.inputOf(without.id)).toBeUndefined();
    await expect(client.inputOf("none")).rejects.toMatchObject({ code: "operation-not-found" });
  });

  test("trends answers a column of each step", async () => {
    await client.create({ kind: "echo" }, { wait: "10s" });
    const { created, succeeded, step } = await client.trends("15m");
    expect([created.length, step]).toEqual([90, 10_000]);
    const sum = (column: readonly number[]) => column.reduce((total, one) => total + one, 0);
    expect(sum(created)).toBeGreaterThan(0);
    expect(sum(succeeded)).toBeGreaterThan(0);
  });

  test("kinds and stats describe the service", async () => {
    await client.create(later);
    const kinds = await client.kinds();
    expect(kinds.find(({ kind }) => kind === "echo")).toMatchObject({ engine: "worker" });
    const { operations, requests } = await client.stats();
    expect(operations).toMatchObject({ total: 1, byStatus: { pending: 1 } });
    expect(requests["/api/v1/kinds"]?.count).toBe(1);
  });

  test("version is that of the service", async () => {
    expect(await client.version()).toBe(packageVersion);
  });
});
