import { describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, monitorOf } from "../../../edge/tenant.ts";

freshTenant();

const echo = { kind: "echo", input: 1 };
const keyed = (key: string, config: Call["config"] = {}): Call => ({
  headers: { "idempotency-key": key },
  config,
});

describe("Idempotency-Key", () => {
  test("the same key and the same request answer with the first operation, and say so", async () => {
    const first = await tenant.post(echo, "", keyed("a"));
    const second = await tenant.post(echo, "", keyed("a"));
    expect(first.headers.has("idempotency-replayed")).toBe(false);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect([first.status, second.status]).toEqual([202, 202]);
    expect((await monitorOf(second)).id).toBe((await monitorOf(first)).id);
    expect(await tenant.ids()).toHaveLength(1);
  });

  test("another key is another operation", async () => {
    const ids = await Promise.all(
      ["a", "A", "a ", "b", "x".repeat(255)].map(
        async (key) => (await tenant.create(echo, "", keyed(key))).id,
      ),
    );
    // A header's value ends where its text does.
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    ["another input", { kind: "echo", input: 2 }],
    ["another kind", { kind: "simulate", input: {} }],
    ["a label", { ...echo, labels: { a: "b" } }],
    ["a ttl", { ...echo, ttl: "1h" }],
    ["no input", { kind: "echo" }],
  ])("the same key with %s is 422, and nothing is stored", async (_, other) => {
    await tenant.create(echo, "", keyed("a"));
    const response = await tenant.post(other, "", keyed("a"));
    await expectProblem(response, "idempotency-key-reused");
    expect(await tenant.ids()).toHaveLength(1);
  });

  test("32 at once make one operation", async () => {
    const responses = await Promise.all(
      Array.from({ length: 32 }, () => tenant.post(echo, "", keyed("a"))),
    );
    const ids = await Promise.all(
      responses.map(async (response) => (await monitorOf(response)).id),
    );
    expect(new Set(ids).size).toBe(1);
    const replayed = responses.filter(({ headers }) => headers.has("idempotency-replayed"));
    expect(replayed).toHaveLength(31);
    expect(await tenant.ids()).toEqual([ids[0]]);
  });

  test("the order of members and the space between them do not matter", async () => {
    const texts = [
      '{"kind":"echo","input":{"a":1,"b":{"c":2,"d":[3,4]}},"labels":{"x":"1","y":"2"}}',
      '{"labels":{"y":"2","x":"1"},"input":{"b":{"d":[3,4],"c":2},"a":1},"kind":"echo"}',
      ' {\n"input" : {"b":{"d":[3, 4],"c":2.0},"a":1e0}, "kind":"\\u0065cho","labels":{"x":"1","y":"2"}}',
    ];
    for (const body of texts) {
      const headers = { "idempotency-key": "a", "content-type": "application/json" };
      const response = await tenant.send("/api/v1/operations", { method: "POST", headers, body });
      expect(response.status).toBe(202);
    }
    expect(await tenant.ids()).toHaveLength(1);
    const moved = {
      kind: "echo",
      input: { a: 1, b: { c: 2, d: [4, 3] } },
      labels: { x: "1", y: "2" },
    };
    await expectProblem(await tenant.post(moved, "", keyed("a")), "idempotency-key-reused");
  });

  test("how the client waits is no part of the request", async () => {
    const { id } = await tenant.create(echo, "", keyed("a"));
    const response = await tenant.post(echo, "?sync=true&timeout=20s", keyed("a"));
    expect([response.status, response.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    expect(await monitorOf(response)).toMatchObject({ id, status: "succeeded", result: 1 });
  });

  test("a deploy that changes a default does not make it another request", async () => {
    const { id } = await tenant.create(echo, "", keyed("a", { DEFAULT_TTL: "1h" }));
    const config = { DEFAULT_TTL: "2h", DEFAULT_DEADLINE: "1h" };
    expect(await tenant.create(echo, "", keyed("a", config))).toMatchObject({ id });
  });

  test("is free again after DELETE", async () => {
    const first = await tenant.create(echo, "?sync=true", keyed("a"));
    await tenant.send(`/api/v1/operations/${first.id}`, { method: "DELETE" });
    const second = await tenant.post({ kind: "echo", input: 2 }, "", keyed("a"));
    expect([second.status, second.headers.has("idempotency-replayed")]).toEqual([202, false]);
    expect((await monitorOf(second)).id).not.toBe(first.id);
  });

  test("is kept as long as its operation, and is free once that has expired", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const body = { ...echo, ttl: "1m" };
    const { id, expiresAt = "" } = await tenant.create(body, "?sync=true", keyed("a"));
    vi.setSystemTime(Date.parse(expiresAt) - 1);
    expect((await tenant.create(body, "", keyed("a"))).id).toBe(id);
    vi.setSystemTime(Date.parse(expiresAt));
    expect((await tenant.create(body, "", keyed("a"))).id).not.toBe(id);
    expect(await tenant.ids()).toHaveLength(1);
  });

  test("a request that is refused takes no key", async () => {
    await expectProblem(await tenant.post({ kind: "none" }, "", keyed("a")), "kind-not-found");
    await expectProblem(await tenant.post({ ...echo, x: 1 }, "", keyed("a")), "validation-failed");
    expect((await tenant.post(echo, "", keyed("a"))).headers.has("idempotency-replayed")).toBe(
      false,
    );
  });
});

describe("Operation-Id", () => {
  test("is the same as Idempotency-Key, and the latter counts where both are there", async () => {
    const { id } = await tenant.create(echo, "", keyed("a"));
    const same = await tenant.create(echo, "", { headers: { "operation-id": "a" } });
    const both = { "operation-id": "b", "idempotency-key": "a" };
    expect([same.id, (await tenant.create(echo, "", { headers: both })).id]).toEqual([id, id]);
  });
});

describe("a deployment that grows", () => {
  const keys = Array.from({ length: 24 }, (_, n) => `key-${n}`);

  test("finds every key again, from 1 to 4 to 16 objects", async () => {
    const make = (SHARDS: string, some: readonly string[]) =>
      Promise.all(
        some.map(async (key) => (await tenant.create(echo, "", keyed(key, { SHARDS }))).id),
      );
    const one = await make("1", keys.slice(0, 8));
    const four = await make("4", keys.slice(0, 16));
    expect(four.slice(0, 8)).toEqual(one);
    const sixteen = await make("16", keys);
    expect(sixteen.slice(0, 16)).toEqual(four);
    const all = await tenant.ids("", { config: { SHARDS: "16" } });
    expect(all.toSorted()).toEqual(sixteen.toSorted());
  });

  test("still refuses a key with another request", async () => {
    for (const key of keys) await tenant.create(echo, "", keyed(key));
    for (const key of keys) {
      const response = await tenant.post({ kind: "echo" }, "", keyed(key, { SHARDS: "16" }));
      await expectProblem(response, "idempotency-key-reused");
    }
  });

  test("makes one operation of 32 creates at once", async () => {
    const made = Array.from({ length: 32 }, () =>
      tenant.create(echo, "", keyed("a", { SHARDS: "16" })),
    );
    expect(new Set((await Promise.all(made)).map(({ id }) => id)).size).toBe(1);
  });

  test("waits for the operation where it lives", async () => {
    const slow = { kind: "simulate", input: { duration: "1200ms" } };
    const moved: string[] = [];
    const made = keys.slice(0, 6).map(async (key) => {
      const { id } = await tenant.create(slow, "", keyed(key));
      const config = keyed(key, { SHARDS: "16" });
      const again = await tenant.post(slow, "?sync=true&timeout=20s", config);
      expect([again.status, await monitorOf(again)]).toMatchObject([200, { id }]);
      moved.push(id);
    });
    await Promise.all(made);
    expect(moved).toHaveLength(6);
  });
});
