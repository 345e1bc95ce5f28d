import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { echo } from "../../../../src/kinds/echo.ts";
import { createOperations } from "../../../../src/operations.ts";
import { configured } from "../../../edge/configured.ts";
import { freshTenant, log, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, type Monitor, monitorOf, type Page, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { clientOf } from "../typed-client.ts";

freshTenant();

const later = { kind: "echo", startAfter: "1h" };
const keyed = (key: string): Call => ({ headers: { "idempotency-key": key } });
type Action = "cancel" | "delete" | "rerun";
const actions: readonly Action[] = ["cancel", "delete", "rerun"];

const ask = (action: Action, json: unknown, query = "", call: Call = {}) =>
  tenant.send(`/api/v1/operations:${action}Many${query}`, { ...call, method: "POST", json });

/** Does it, to its end. */
async function many(action: Action, filter: object, more: object = {}, call: Call = {}) {
  const response = await ask(action, { filter, ...more }, "?sync=true&timeout=50s", call);
  expect(response.status).toBe(200);
  return monitorOf(response);
}

async function make(count: number, json: object, call: Call = {}): Promise<readonly string[]> {
  const operations = Array.from({ length: count }, () => json);
  const made = await tenant.send("/api/v1/operations:batchCreate", {
    json: { operations },
    ...call,
  });
  const { operations: all } = (await made.json()) as Page;
  return all.map(({ id }) => id);
}

/** Waits until so many have succeeded. */
async function finished(count: number, call: Call = {}): Promise<void> {
  await eventually(async () => {
    expect(await tenant.ids("?status=succeeded&limit=1000", call)).toHaveLength(count);
  });
}

/** So many labels. */
const labels = (count: number, value = "b") =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, value]));

const counts = (matched: number, done: number, skipped = 0, failed = 0) => ({
  matched,
  done,
  skipped,
  failed,
});

describe("POST /operations:deleteMany", () => {
  test("deletes what is finished, skips what is not, and touches nothing else", async () => {
    await make(60, { kind: "echo", input: 1, labels: { a: "b" } });
    const others = await make(2, { kind: "echo", input: 1, labels: { a: "c" } });
    const active = await make(3, { ...later, labels: { a: "b" } });
    await finished(62);
    const dry = await many("delete", { labels: { a: "b" } }, { dryRun: true });
    expect(dry.result).toEqual(counts(63, 60, 3));
    expect(await tenant.ids("?kind=echo")).toHaveLength(65);
    const bulk = await many("delete", { label: "a:b" });
    expect(bulk).toMatchObject({ kind: "bulk", status: "succeeded", result: dry.result });
    expect((await tenant.ids("?kind=echo")).sort()).toEqual([...others, ...active].sort());
  });

  test("may be asked for where the tenant is full", async () => {
    const call = { config: { MAX_OPERATIONS: "3" } };
    await make(3, { kind: "echo", input: 1 });
    await finished(3);
    expect((await many("delete", { kind: "echo" }, {}, call)).result).toEqual(counts(3, 3));
  });
});

describe("POST /operations:cancelMany", () => {
  test("asks each to stop that has not finished, and was not asked before", async () => {
    const waiting = await make(25, later);
    const [running = ""] = await make(1, { kind: "simulate", input: { outcome: "hang" } });
    await make(4, { kind: "echo", input: 1 });
    await finished(4);
    const filter = { all: true };
    const dry = await many("cancel", filter, { dryRun: true });
    expect((await tenant.get(`/operations/${running}`)).cancelRequestedAt).toBeUndefined();
    const { result } = await many("cancel", filter);
    expect(result).toEqual(counts(30, 26, 4));
    expect(dry.result).toEqual(result);
    for (const id of [...waiting, running]) {
      const wait = await tenant.get(`/operations/${id}?wait=5s`);
      expect(wait.status).toBe("canceled");
    }
    expect((await many("cancel", filter)).result).toEqual(counts(30, 0, 30));
  });

  test("a filter of a status holds for how an operation stands when it is its turn", async () => {
    await make(3, later);
    await make(2, { kind: "simulate", input: { outcome: "hang" } });
    const { result } = await many("cancel", { status: ["pending"], kind: ["echo", "simulate"] });
    expect(result).toEqual(counts(3, 3));
  });
});

describe("POST /operations:rerunMany", () => {
  test("makes the request of each once more, and counts what is refused now, or cannot be read", async () => {
    const ids = await make(12, { kind: "echo", input: { n: 1 }, labels: { a: "b" } });
    const [active] = await make(1, { ...later, labels: { a: "b" } });
    const [broken = "", torn = ""] = await make(2, {
      kind: "simulate",
      input: {},
      labels: { a: "b" },
    });
    await finished(14);
    await runInDurableObject(tenant.object(), (_, { storage }) => {
      storage.sql.exec(`UPDATE operations SET input = '{"outcome":"no"}' WHERE id = ?`, broken);
      // What throws where it is looked at stops none of the others.
      storage.sql.exec("UPDATE operations SET input = '{' WHERE id = ?", torn);
    });
    const filter = { label: ["a:b"] };
    const dry = await many("rerun", filter, { dryRun: true });
    expect(await tenant.ids("?label=a:b")).toHaveLength(15);
    const { result } = await many("rerun", filter);
    expect(result).toEqual(counts(15, 12, 1, 2));
    expect(dry.result).toEqual(result);
    const { operations } = await tenant.get<Page>("/operations?label=a:b");
    const reruns = operations.flatMap((op) => (op as Monitor & { rerunOf?: string }).rerunOf ?? []);
    expect(reruns.sort()).toEqual([...ids].sort());
    expect(reruns).not.toContain(active);
  });
});

describe.each(actions)("POST /operations:%sMany", (action) => {
  test.each([
    [{}, "filter"],
    [{ filter: {} }, "filter"],
    [{ filter: { all: false } }, "filter"],
    [{ filter: { labels: {} } }, "filter"],
    [{ filter: { all: true, kind: "echo" } }, "filter"],
    [{ filter: { status: [] } }, "filter.status"],
    [{ filter: { kinds: ["echo"] } }, "filter.kinds"],
    [{ filter: { kind: "echo" }, dryrun: true }, "dryrun"],
    [{ filter: { status: "done" } }, "filter.status"],
    [{ filter: { label: "a" } }, "filter.label"],
    [{ filter: { createdBefore: "yesterday" } }, "filter.createdBefore"],
    [{ filter: { limit: 3, kind: "echo" } }, "filter.limit"],
    [[], ""],
  ])("%j is refused, and nothing is done", async (json, path) => {
    const { errors } = await expectProblem(await ask(action, json), "validation-failed");
    expect(errors?.[0]?.path).toBe(path);
    expect(await tenant.ids()).toEqual([]);
  });

  test.each([
    ["a long name", { kind: "k".repeat(401) }, "filter.kind"],
    ["a label with a long value", { labels: { a: "b".repeat(257) } }, "filter.labels.a"],
    ["many labels", { labels: labels(33) }, "filter.labels"],
    ["more than 8 KiB", { labels: labels(32, "b".repeat(256)) }, "filter"],
  ])("a filter of %s is refused", async (_, filter, path) => {
    const { errors } = await expectProblem(await ask(action, { filter }), "validation-failed");
    expect(errors?.[0]?.path).toBe(path);
  });

  test("the same key and the same request is one operation; another request with it is 422", async () => {
    await make(1, later);
    const filter = { kind: "none" };
    const first = await monitorOf(await ask(action, { filter }, "", keyed("k")));
    const again = await ask(action, { filter }, "", keyed("k"));
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect((await monitorOf(again)).id).toBe(first.id);
    const [other = "cancel"] = actions.filter((one) => one !== action);
    for (const wrong of [
      await ask(other, { filter }, "", keyed("k")),
      await ask(action, { filter, dryRun: true }, "", keyed("k")),
      await tenant.post({ kind: "echo", input: 1 }, "", keyed("k")),
    ]) {
      await expectProblem(wrong, "idempotency-key-reused");
    }
  });

  test("does not tell the counts to who may not read", async () => {
    await make(2, later);
    const writer = await Tenant.make(["write"], tenant.name);
    const path = `/api/v1/operations:${action}Many?sync=true`;
    const json = { filter: { all: true }, dryRun: true };
    const told = await monitorOf(await writer.send(path, { json }));
    expect(told.status).toBe("succeeded");
    expect(told).not.toHaveProperty("result");
  });

  test("needs the scope to write", async () => {
    const reader = await Tenant.make(["read"]);
    const path = `/api/v1/operations:${action}Many`;
    await expectProblem(await reader.send(path, { json: { filter: { all: true } } }), "forbidden");
  });
});

describe("an operation of kind bulk", () => {
  test("is made by its own requests alone, and is not listed among the kinds", async () => {
    await expectProblem(await tenant.post({ kind: "bulk", input: {} }), "kind-not-found");
    const { kinds } = await tenant.get<{ kinds: { kind: string }[] }>("/kinds");
    expect(kinds.map(({ kind }) => kind)).not.toContain("bulk");
    const { id } = await many("delete", { all: true });
    await expectProblem(
      await tenant.send(`/api/v1/operations/${id}:rerun`, { method: "POST" }),
      "kind-not-found",
    );
    expect(await tenant.get(`/operations/${id}/input`)).toEqual({
      input: {
        action: "delete",
        filter: { all: true },
        query: { statuses: [], kinds: [], labels: [] },
      },
    });
  });

  test("takes its name: no kind in code or elsewhere may have it", async () => {
    expect(() => createOperations({ kinds: { bulk: echo } })).toThrow(
      'Invalid kind name "bulk": the name is reserved',
    );
    for (const name of ["bulk", "document"]) {
      const config = { EXTERNAL_KINDS: `resize,${name}` };
      await expectProblem(await tenant.post({ kind: name }, "", { config }), "unavailable");
      expect(log.text()).toContain("is a kind in code");
    }
  });

  test("touches nothing that is newer than itself", async () => {
    await make(3, { kind: "echo", input: 1 });
    await finished(3);
    const held = await monitorOf(await ask("rerun", { filter: { kind: "echo" } }));
    await eventually(async () => {
      expect((await tenant.get(`/operations/${held.id}`)).status).toBe("succeeded");
    });
    expect(await tenant.ids("?kind=echo")).toHaveLength(6);
  });

  test("stops as it is canceled, and what is done stays", async () => {
    for (let round = 0; round < 12; round++) await make(100, later);
    const bulk = await monitorOf(await ask("cancel", { filter: { kind: "echo" } }));
    await eventually(async () => {
      expect(await tenant.ids("?status=canceled")).not.toEqual([]);
    });
    await tenant.send(`/api/v1/operations/${bulk.id}:cancel`, { method: "POST" });
    const ended = await tenant.get(`/operations/${bulk.id}?wait=20s`);
    expect(ended.status).toBe("canceled");
    const left = await tenant.ids("?status=pending&limit=1000");
    expect(left.length).toBeGreaterThan(0);
  });

  test("tells how far it is", async () => {
    await make(100, { kind: "echo", input: 1 });
    await finished(100);
    const done = await many("delete", { kind: "echo" });
    expect((done as { statusMessage?: string }).statusMessage).toBe(
      "100 done, 0 skipped, 0 failed",
    );
  });
});

test("the client acts on many", async () => {
  const client = clientOf(tenant, configured);
  await make(3, { kind: "echo", input: 1, labels: { a: "b" } });
  await finished(3);
  const wait = { wait: "20s" };
  const filter = { kinds: ["echo"], labels: { a: "b" }, createdBefore: new Date(Date.now() + 1e6) };
  expect(await client.rerunMany(filter, { ...wait, dryRun: true })).toMatchObject({
    result: counts(3, 3),
  });
  expect(await client.cancelMany(filter, wait)).toMatchObject({ result: counts(3, 0, 3) });
  expect(await client.deleteMany({ all: true }, wait)).toMatchObject({ result: counts(3, 3) });
  await expect(client.deleteMany({})).rejects.toMatchObject({ code: "validation-failed" });
  await expect(client.deleteMany({ statuses: ["done" as never] })).rejects.toThrow(RangeError);
});
