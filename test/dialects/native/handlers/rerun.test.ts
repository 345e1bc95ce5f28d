import { runInDurableObject } from "cloudflare:test";
import { afterAll, describe, expect, test, vi } from "vitest";
import { configured } from "../../../edge/configured.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, type Monitor, monitorOf, Tenant } from "../../../edge/tenant.ts";
import { all, clientOf } from "../typed-client.ts";

freshTenant({ clock: true });

afterAll(() => {
  vi.useRealTimers();
});

const fail = { kind: "simulate", input: { outcome: "fail" } };
const keyed = (key: string): Call => ({ headers: { "idempotency-key": key } });

const rerun = (id: string, json?: unknown, call: Call = {}, query = "") =>
  tenant.send(`/api/v1/operations/${id}:rerun${query}`, {
    method: "POST",
    ...(json !== undefined && { json }),
    ...call,
  });

const ended = (json: object) => tenant.post(json, "?sync=true").then(endedOf);

/** The operation in an answer that says how it ended, well or not. */
async function endedOf(response: Response): Promise<Monitor> {
  const body = (await response.json()) as Monitor & { operation?: Monitor };
  return body.operation ?? body;
}

const inputOf = async (id: string) =>
  (await tenant.get<{ input?: unknown }>(`/operations/${id}/input`)).input;

/** How an operation is stored. */
const stored = (id: string) =>
  runInDurableObject(tenant.object(), (_, { storage }) =>
    JSON.parse(
      storage.sql.exec<{ doc: string }>("SELECT doc FROM operations WHERE id = ?", id).one().doc,
    ),
  );

describe("POST /operations/{id}:rerun", () => {
  test("makes a new operation with the request of the other", async () => {
    const asked = {
      kind: "echo",
      input: { a: [1, "ü"] },
      labels: { customer: "42" },
      metadata: { note: true },
      ttl: "2h",
      deadline: "7m",
      priority: 2,
      retry: { maxAttempts: 4, initialInterval: "2s" },
      webhook: "https://hook.test/a",
    };
    const first = await ended({ ...asked });
    vi.setSystemTime(Date.now() + 60_000);
    const response = await rerun(first.id);
    expect(response.status).toBe(202);
    const again = await monitorOf(response);
    expect(response.headers.get("operation-location")).toBe(again.links.self);
    expect(again).toMatchObject({
      kind: "echo",
      rerunOf: first.id,
      labels: asked.labels,
      metadata: asked.metadata,
    });
    expect(again.id).not.toBe(first.id);
    expect(Date.parse(again.deadlineAt) - Date.parse(again.createdAt)).toBe(7 * 60_000);
    expect(await inputOf(again.id)).toEqual(asked.input);
    const [before, after] = [await stored(first.id), await stored(again.id)];
    for (const member of ["ttl", "deadline", "retry", "webhook", "kind", "priority"]) {
      expect(after[member]).toEqual(before[member]);
    }
    expect((await tenant.get(`/operations/${first.id}`)).id).toBe(first.id);
  });

  test("keeps the numbers of the input as they were written", async () => {
    const kind = "resize";
    const body = `{"kind":"${kind}","input":{"n":9007199254740993.10}}`;
    const headers = { "content-type": "application/json" };
    const first = await monitorOf(await tenant.send("/api/v1/operations", { body, headers }));
    await tenant.send(`/api/v1/operations/${first.id}:cancel`, { method: "POST" });
    const again = await monitorOf(await rerun(first.id));
    const text = await (await tenant.send(`/api/v1/operations/${again.id}/input`)).text();
    expect(text).toBe('{"input":{"n":9007199254740993.10}}');
  });

  test("takes another input, also one that is null", async () => {
    const first = await ended({ kind: "echo", input: 1 });
    for (const input of [2, null, { b: 1 }]) {
      const again = await monitorOf(await rerun(first.id, { input }, {}, "?sync=true"));
      expect(again).toMatchObject({ status: "succeeded", result: input, rerunOf: first.id });
    }
  });

  test("without the scope to read, shows what came of an input of one's own alone", async () => {
    const first = await ended({ kind: "echo", input: { secret: 1 } });
    const writer = await Tenant.make(["write"], tenant.name);
    const path = `/api/v1/operations/${first.id}:rerun?sync=true`;
    const again = await monitorOf(await writer.send(path, { method: "POST" }));
    expect(again).toMatchObject({ status: "succeeded", rerunOf: first.id });
    expect(JSON.stringify(again)).not.toContain("secret");
    const own = await monitorOf(await writer.send(path, { json: { input: { own: 1 } } }));
    expect(own.result).toEqual({ own: 1 });
  });

  test("starts at once, and its deadline is as long, although the other waited for its time", async () => {
    const first = await tenant.create({ kind: "echo", startAfter: "1h", deadline: "3m" });
    await tenant.send(`/api/v1/operations/${first.id}:cancel`, { method: "POST" });
    const again = await endedOf(await rerun(first.id, undefined, {}, "?sync=true"));
    expect(again.status).toBe("succeeded");
    expect(Date.parse(again.deadlineAt) - Date.parse(again.createdAt)).toBe(3 * 60_000);
  });

  test("waits as a create does", async () => {
    const first = await ended(fail);
    const waited = await rerun(first.id, {}, { headers: { prefer: "wait=30" } });
    expect(waited.headers.get("preference-applied")).toBe("wait=30");
    expect((await expectProblem(waited, "operation-failed")).operation).toMatchObject({
      status: "failed",
      rerunOf: first.id,
    });
  });

  test("an operation that is not finished is 409", async () => {
    const first = await tenant.create({ kind: "echo", startAfter: "1h" });
    await expectProblem(await rerun(first.id), "operation-active");
    expect(await tenant.ids()).toEqual([first.id]);
  });

  test("one that is not there, has expired or is another tenant's is 404, whatever is sent", async () => {
    const first = await ended({ kind: "echo", ttl: "1s" });
    const other = await Tenant.make();
    const path = `/api/v1/operations/${first.id}:rerun`;
    await expectProblem(await other.send(path, { method: "POST" }), "operation-not-found");
    vi.setSystemTime(Date.now() + 1_000);
    for (const json of [undefined, {}, { what: 1 }]) {
      await expectProblem(await rerun(first.id, json), "operation-not-found");
    }
    await expectProblem(await rerun("none"), "operation-not-found");
  });

  test.each([
    [{ inputs: 1 }, "inputs"],
    [[], ""],
    [{ keepSteps: "yes" }, "keepSteps"],
  ])("%j is refused", async (json, path) => {
    const { id } = await ended({ kind: "echo" });
    const { errors } = await expectProblem(await rerun(id, json), "validation-failed");
    expect(errors?.[0]?.path).toBe(path);
    expect(await tenant.ids()).toEqual([id]);
  });

  test("an input that the kind refuses now is 400, and a kind that is gone 404", async () => {
    const first = await ended(fail);
    const refused = await rerun(first.id, { input: { outcome: "no" } });
    const { errors } = await expectProblem(refused, "validation-failed");
    expect(errors?.[0]?.path).toBe("input.outcome");
    const resize = await tenant.create({ kind: "resize", input: 1 });
    await tenant.send(`/api/v1/operations/${resize.id}:cancel`, { method: "POST" });
    const gone = await rerun(resize.id, {}, { config: { EXTERNAL_KINDS: "other" } });
    await expectProblem(gone, "kind-not-found");
  });

  test("what the wire of 2014 has written is not written again", async () => {
    await tenant.send("/api/v1beta1/pods?sync=true", { json: { id: "a", kind: "Pod" } });
    const { operations } = await tenant.get<{ operations: Monitor[] }>("/operations");
    const [write] = operations.filter(({ kind }) => kind === "document");
    expect(write).toBeDefined();
    await expectProblem(await rerun(write?.id ?? ""), "kind-not-found");
  });

  test("work of outside workers is theirs again", async () => {
    const made = await tenant.create({ kind: "resize", input: { w: 1 } });
    await tenant.send(`/api/v1/operations/${made.id}:cancel`, { method: "POST" });
    const again = await monitorOf(await rerun(made.id));
    expect(again).toMatchObject({ status: "pending", kind: "resize", rerunOf: made.id });
  });

  test("a rerun can be run again, and names what it was made of", async () => {
    const first = await ended({ kind: "echo", input: 1 });
    const second = await endedOf(await rerun(first.id, {}, {}, "?sync=true"));
    const third = await endedOf(await rerun(second.id, {}, {}, "?sync=true"));
    expect(third).toMatchObject({ rerunOf: second.id, result: 1 });
  });

  test("today's limits hold", async () => {
    const first = await ended({ kind: "echo", ttl: "5h", deadline: "10m" });
    const config = { MAX_TTL: "2h", MAX_DEADLINE: "1m", DEFAULT_TTL: "1h", DEFAULT_DEADLINE: "1m" };
    const again = await monitorOf(await rerun(first.id, {}, { config }));
    expect(await stored(again.id)).toMatchObject({ ttl: 2 * 3_600_000, deadline: 60_000 });
  });

  test("an operation of an earlier version has the time from its creation to its deadline", async () => {
    const first = await ended({ kind: "echo", deadline: "9m" });
    await runInDurableObject(tenant.object(), (_, { storage }) => {
      storage.sql.exec("UPDATE operations SET doc = json_remove(doc, '$.deadline')");
    });
    const again = await monitorOf(await rerun(first.id));
    expect(Date.parse(again.deadlineAt) - Date.parse(again.createdAt)).toBe(9 * 60_000);
  });
});

describe("Idempotency-Key of a rerun", () => {
  test("the same request is the same operation, also once the other is gone", async () => {
    const first = await ended({ kind: "echo", input: 1 });
    const made = await rerun(first.id, { input: 2 }, keyed("a"));
    await tenant.send(`/api/v1/operations/${first.id}`, { method: "DELETE" });
    const replayed = await rerun(first.id, { input: 2 }, keyed("a"));
    expect(replayed.headers.get("idempotency-replayed")).toBe("true");
    expect((await monitorOf(replayed)).id).toBe((await monitorOf(made)).id);
  });

  test("16 at once make one", async () => {
    const first = await ended({ kind: "echo", input: 1 });
    const ids = await Promise.all(
      Array.from(
        { length: 16 },
        async () => (await monitorOf(await rerun(first.id, {}, keyed("b")))).id,
      ),
    );
    expect(new Set(ids).size).toBe(1);
  });

  test("another request with the key is 422", async () => {
    const first = await ended({ kind: "echo", input: 1 });
    const other = await ended({ kind: "echo", input: 1 });
    await rerun(first.id, {}, keyed("c"));
    await expectProblem(await rerun(other.id, {}, keyed("c")), "idempotency-key-reused");
    await expectProblem(await rerun(first.id, { input: 1 }, keyed("c")), "idempotency-key-reused");
    await expectProblem(
      await tenant.post({ kind: "echo", input: 1 }, "", keyed("c")),
      "idempotency-key-reused",
    );
  });
});

test("the client reruns", async () => {
  const client = clientOf(tenant, configured);
  const first = await client.create("echo", 1, { wait: "5s" });
  const again = await client.rerun(first.id, { input: 5, wait: "5s" });
  expect(again).toMatchObject({ status: "succeeded", rerunOf: first.id, result: 5 });
  expect(await all(client.list())).toHaveLength(2);
  const failed = await client.create("simulate", { outcome: "fail" }, { wait: "5s" });
  expect(await client.rerun(failed.id, { wait: "5s" })).toMatchObject({ status: "failed" });
});
