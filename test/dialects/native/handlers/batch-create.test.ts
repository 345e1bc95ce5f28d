import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { parseId } from "../../../../src/core/id.ts";
import type { Idempotency } from "../../../../src/core/operation/operation.ts";
import { OperationsObject } from "../../../../src/object/operations-object.ts";
import { migrate } from "../../../../src/object/storage/migrations.ts";
import { freshTenant, log, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem, expectRefused } from "../../../edge/refused.ts";
import { type Call, type Monitor, Tenant } from "../../../edge/tenant.ts";

freshTenant();

const path = "/api/v1/operations:batchCreate";
const echo = { kind: "echo", input: 1 };
const later = { ...echo, startAfter: "1h" };
const many = (count: number, entry: object = later) => Array.from({ length: count }, () => entry);

/** What stands in the place of one entry. */
type Answer = Monitor & {
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly errors?: readonly { readonly path: string; readonly message: string }[];
  };
};

const post = (operations: unknown, call: Call = {}) =>
  tenant.send(path, { ...call, json: { operations } });

async function batch(operations: unknown, call: Call = {}): Promise<readonly Answer[]> {
  const response = await post(operations, call);
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { operations: readonly Answer[] };
  expect(Object.keys(answer)).toEqual(["operations"]);
  return answer.operations;
}

const idsOf = (answers: readonly Answer[]) => answers.map(({ id }) => id);

/** Watches an object: the rows and alarms that it writes, and in how many events it inserts. */
async function watched(shard = 0) {
  const seen = { rows: [] as { rowsWritten: number }[], alarms: 0, events: 0 };
  let isOpen = false;
  await runInDurableObject(tenant.object(shard), (_, { storage }) => {
    const { sql } = storage;
    migrate(sql);
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
      if (query.startsWith("INSERT INTO operations") && !isOpen) {
        isOpen = true;
        seen.events += 1;
        queueMicrotask(() => {
          isOpen = false;
        });
      }
      const cursor = exec(query, ...bindings);
      seen.rows.push(cursor);
      return cursor as never;
    });
    const setAlarm = storage.setAlarm.bind(storage);
    vi.spyOn(storage, "setAlarm").mockImplementation((time) => {
      seen.alarms += 1;
      return setAlarm(time);
    });
  });
  return () =>
    runInDurableObject(tenant.object(shard), () => ({
      rows: seen.rows.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
      alarms: seen.alarms,
      events: seen.events,
    }));
}

describe("POST /operations:batchCreate", () => {
  test("answers each entry in its place, as a create would", async () => {
    const answers = await batch([
      { kind: "echo", input: { a: 1 }, labels: { n: "0" }, metadata: { m: [1] } },
      { kind: "simulate", input: { outcome: "hang" }, labels: { n: "1" } },
      { ...later, labels: { n: "2" } },
    ]);
    expect(answers.map(({ kind, labels, status }) => [kind, labels.n, status])).toEqual([
      ["echo", "0", "running"],
      ["simulate", "1", "running"],
      ["echo", "2", "pending"],
    ]);
    expect(answers[0]).toMatchObject({ version: 1, metadata: { m: [1] } });
    for (const { id, links } of answers) expect(links.self).toContain(`/operations/${id}`);
    expect(await tenant.ids("?order=asc")).toEqual(idsOf(answers));
    const done = await tenant.get(`/operations/${answers[0]?.id}?wait=20s`);
    expect(done).toMatchObject({ status: "succeeded", result: { a: 1 } });
  });

  test("100 are made by one call in one commit: 100 rows and one alarm", async () => {
    await tenant.stats();
    const calls = vi.spyOn(OperationsObject.prototype, "createMany");
    const written = await watched();
    const answers = await batch(many(100));
    expect(new Set(idsOf(answers)).size).toBe(100);
    expect(await written()).toEqual({ rows: 100, alarms: 1, events: 1 });
    expect(calls).toHaveBeenCalledOnce();
    expect(await tenant.ids("?order=asc")).toEqual(idsOf(answers));
  });

  test("101 are refused together", async () => {
    const problem = await expectRefused(
      tenant,
      await post(many(101)),
      "validation-failed",
      "operations",
    );
    expect(problem.detail).toBe("operations: at most 100 operations are allowed");
  });

  test("none are none", async () => {
    expect(await batch([])).toEqual([]);
  });

  test.each([
    ["a list", []],
    ["nothing in it", {}],
    ["null", { operations: null }],
    ["an object", { operations: {} }],
    ["another field", { operations: [echo], sync: true }],
  ])("refuses an envelope that is or has %s, and makes nothing", async (_, json) => {
    await expectRefused(tenant, await tenant.send(path, { json }), "validation-failed");
  });

  test("refuses what is not JSON, and what is larger than MAX_BODY as a whole", async () => {
    const headers = { "content-type": "application/json" };
    const broken = await tenant.send(path, { headers, body: '{"operations":[' });
    await expectRefused(tenant, broken, "malformed-json");
    const config = { MAX_BODY: "400" };
    expect(await batch(many(5), { config })).toHaveLength(5);
    await expectProblem(await post(many(20), { config }), "payload-too-large");
    expect(await tenant.ids()).toHaveLength(5);
  });

  test("needs the scope write, and POST", async () => {
    const reader = await Tenant.make(["read"], tenant.name);
    await expectProblem(await reader.send(path, { json: { operations: [] } }), "forbidden");
    await expectProblem(await tenant.send(path), "method-not-allowed");
  });

  test("does not wait", async () => {
    const call = { headers: { prefer: "wait=30" } };
    const response = await tenant.send(path, {
      ...call,
      json: { operations: [{ kind: "simulate", input: { outcome: "hang" } }] },
    });
    expect([response.status, response.headers.has("preference-applied")]).toEqual([200, false]);
  });
});

describe("an entry that is wrong", () => {
  test.each<[string, unknown, string, string | undefined]>([
    ["no object", 5, "validation-failed", "operations[1]"],
    ["null", null, "validation-failed", "operations[1]"],
    ["a list", [echo], "validation-failed", "operations[1]"],
    ["no kind", {}, "validation-failed", "operations[1].kind"],
    ["an unknown field", { ...echo, x: 1 }, "validation-failed", "operations[1].x"],
    ["a bad label", { ...echo, labels: { a: 1 } }, "validation-failed", "operations[1].labels.a"],
    ["too long a ttl", { ...echo, ttl: "721h" }, "validation-failed", "operations[1].ttl"],
    ["an unknown kind", { kind: "none" }, "kind-not-found", undefined],
    [
      "a bad input",
      { kind: "simulate", input: { duration: 5 } },
      "validation-failed",
      "operations[1].input.duration",
    ],
    [
      "an unknown upstream",
      { kind: "http", input: { upstream: "none", method: "GET", path: "/" } },
      "validation-failed",
      "operations[1].input.upstream",
    ],
    ["an empty key", { ...echo, idempotencyKey: "" }, "validation-failed", keyPath(1)],
    ["a key of 256", { ...echo, idempotencyKey: "x".repeat(256) }, "validation-failed", keyPath(1)],
    ["a key of lines", { ...echo, idempotencyKey: "a\nb" }, "validation-failed", keyPath(1)],
    ["a key of null", { ...echo, idempotencyKey: null }, "validation-failed", keyPath(1)],
  ])("with %s is answered in its place, and does not stop the others", async (...row) => {
    const [, entry, code, where] = row;
    const [first, wrong, last] = await batch([later, entry, later]);
    expect(Object.keys(wrong ?? {})).toEqual(["error"]);
    expect(wrong?.error?.code).toBe(code);
    if (where === undefined) expect(wrong?.error).not.toHaveProperty("errors");
    else {
      expect(wrong?.error?.errors?.map(({ path: at }) => at)).toEqual([where]);
      expect(wrong?.error?.message).toMatch(new RegExp(`^${where.replace(/[[\].]/g, "\\$&")}: `));
    }
    expect([first?.status, last?.status]).toEqual(["pending", "pending"]);
    expect(await tenant.ids("?order=asc")).toEqual([first?.id, last?.id]);
  });

  test("tells everything that is wrong with it at once", async () => {
    const [only] = await batch([{ kind: "", idempotencyKey: "", x: 1 }]);
    const paths = only?.error?.errors?.map(({ path: at }) => at.replace("operations[0].", ""));
    expect(paths?.toSorted()).toEqual(["idempotencyKey", "kind", "x"]);
  });

  test("that the object cannot make takes nothing from the others, and is told", async () => {
    await tenant.stats();
    await runInDurableObject(tenant.object(), (_, { storage }) => {
      const { sql } = storage;
      const exec = sql.exec.bind(sql);
      vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
        if (bindings.some((value) => String(value).includes("the-bad-one"))) {
          throw new Error("the disk is broken");
        }
        return exec(query, ...bindings) as never;
      });
    });
    const bad = { ...later, labels: { a: "the-bad-one" } };
    const [first, wrong, last] = await batch([later, bad, later]);
    expect(wrong?.error).toEqual({ code: "internal", message: "Internal error" });
    expect(await tenant.ids("?order=asc")).toEqual([first?.id, last?.id]);
    expect(log.text()).toContain("the disk is broken");
  });
});

function keyPath(index: number): string {
  return `operations[${index}].idempotencyKey`;
}

describe("idempotencyKey", () => {
  const keyed = (key: string, entry: object = later) => ({ ...entry, idempotencyKey: key });

  test("a batch sent again makes nothing anew", async () => {
    const entries = ["a", "b", "c"].map((key) => keyed(key));
    const first = await batch(entries);
    expect(idsOf(await batch(entries))).toEqual(idsOf(first));
    expect(await tenant.ids()).toHaveLength(3);
  });

  test("only entries without one are made again", async () => {
    const entries = [keyed("a"), later];
    const [kept, one] = await batch(entries);
    const [again, another] = await batch(entries);
    expect(again?.id).toBe(kept?.id);
    expect(another?.id).not.toBe(one?.id);
  });

  test("the same twice in one batch is one operation, and with another request 422's code", async () => {
    const [one, two, three] = await batch([keyed("a"), keyed("a"), keyed("a", echo)]);
    expect(two?.id).toBe(one?.id);
    expect(three?.error?.code).toBe("idempotency-key-reused");
    expect(await tenant.ids()).toHaveLength(1);
  });

  test("is the key that a create alone has in its header", async () => {
    const call = { headers: { "idempotency-key": "a" } };
    const { id } = await tenant.create(later, "", call);
    const [one, two] = await batch([keyed("a"), keyed("b")]);
    expect(one?.id).toBe(id);
    const alone = await tenant.post(later, "", { headers: { "idempotency-key": "b" } });
    expect(alone.headers.get("idempotency-replayed")).toBe("true");
    expect(((await alone.json()) as Monitor).id).toBe(two?.id);
  });

  test("10 batches at once with the same keys make them once", async () => {
    const entries = Array.from({ length: 20 }, (_, n) => keyed(`key-${n}`));
    const config = { SHARDS: "4" };
    const batches = await Promise.all(many(10).map(() => batch(entries, { config })));
    for (const answers of batches) expect(idsOf(answers)).toEqual(idsOf(batches[0] ?? []));
    expect(await tenant.ids("", { config })).toHaveLength(20);
  });

  test.each(["Idempotency-Key", "Operation-Id"])(
    "a header %s for the whole batch is refused, and says what to do",
    async (header) => {
      const response = await post([later], { headers: { [header]: "a" } });
      const { detail } = await expectRefused(tenant, response, "validation-failed", header);
      expect(detail).toBe(`${header}: use an idempotencyKey in each entry instead`);
    },
  );
});

describe("a batch over four objects", () => {
  const config = { SHARDS: "4" };
  const entries = Array.from({ length: 40 }, (_, n) => ({ ...later, idempotencyKey: `key-${n}` }));
  const shardOf = ({ id }: Answer) => parseId(id)?.shard;

  test("makes each keyed entry in its key's home, with one call and one commit for each", async () => {
    const shards = [0, 1, 2, 3];
    const written = await Promise.all(shards.map((shard) => watched(shard)));
    const calls = vi.spyOn(OperationsObject.prototype, "createMany");
    const finds = vi.spyOn(OperationsObject.prototype, "findMany");
    const answers = await batch(entries, { config });
    expect(new Set(answers.map(shardOf))).toEqual(new Set(shards));
    expect(calls).toHaveBeenCalledTimes(4);
    expect(finds.mock.calls.length).toBeLessThanOrEqual(3);
    const counts = await Promise.all(written.map((count) => count()));
    for (const [shard, { rows, alarms, events }] of counts.entries()) {
      const here = answers.filter((answer) => shardOf(answer) === shard).length;
      expect({ rows, alarms, events }).toEqual({ rows: 2 * here, alarms: 1, events: 1 });
    }
    const alone = await Promise.all(
      entries.map(async ({ idempotencyKey, ...entry }) => {
        const call = { headers: { "idempotency-key": idempotencyKey }, config };
        return (await tenant.create(entry, "", call)).id;
      }),
    );
    expect(alone).toEqual(idsOf(answers));
  });

  test("puts entries without a key together, in one commit", async () => {
    const calls = vi.spyOn(OperationsObject.prototype, "createMany");
    const answers = await batch(many(50), { config });
    expect(new Set(answers.map(shardOf)).size).toBe(1);
    expect(calls).toHaveBeenCalledOnce();
    expect(idsOf(answers).toSorted()).toEqual(idsOf(answers));
  });

  test("puts entries of a kind that an object does few of at once into as few as do all of them", async () => {
    const calls = vi.spyOn(OperationsObject.prototype, "createMany");
    const limited = { ...config, EXTERNAL_KINDS: "few:4, any" };
    const few = { kind: "few", input: 1 };
    const answers = await batch([...many(10, few), ...many(10, { ...few, kind: "any" })], {
      config: limited,
    });
    const counts = (some: readonly Answer[]) =>
      [...Map.groupBy(some, shardOf).values()].map(({ length }) => length).toSorted();
    expect(counts(answers.filter(({ kind }) => kind === "few"))).toEqual([3, 3, 4]);
    expect(counts(answers)).toEqual([6, 7, 7]);
    expect(calls).toHaveBeenCalledTimes(3);
  });

  test("finds what the keys made when there were fewer objects", async () => {
    const one = await batch(entries.slice(0, 20), { config: { SHARDS: "1" } });
    const four = await batch(entries, { config });
    expect(idsOf(four.slice(0, 20))).toEqual(idsOf(one));
    const sixteen = await batch(entries, { config: { SHARDS: "16" } });
    expect(idsOf(sixteen)).toEqual(idsOf(four));
    const changed = entries.map((entry) => ({ ...entry, input: 2 }));
    const refused = await batch(changed, { config: { SHARDS: "16" } });
    expect(new Set(refused.map(({ error }) => error?.code))).toEqual(
      new Set(["idempotency-key-reused"]),
    );
    expect(await tenant.ids("", { config: { SHARDS: "16" } })).toHaveLength(40);
  });

  test("one object that fails fails its own entries alone", async () => {
    const getByName = (name: string) => {
      const stub = env.OPERATIONS.getByName(name);
      if (!name.endsWith("/2")) return stub;
      const createMany = () => Promise.reject(new Error("out of reach"));
      return { createMany, findMany: (keys: Idempotency[]) => stub.findMany(keys) };
    };
    const answers = await batch(entries, { config: { ...config, OPERATIONS: naming(getByName) } });
    const lost = answers.filter(({ error }) => error?.code === "unavailable");
    const made = answers.filter(({ id }) => id !== undefined);
    expect(lost.length).toBeGreaterThan(0);
    expect(made.length).toBe(40 - lost.length);
    expect(new Set(made.map(shardOf)).size).toBe(3);
    expect(log.text()).toContain("part of a request failed");
    const again = await batch(entries, { config });
    expect(again.every(({ id }) => id !== undefined)).toBe(true);
    expect(await tenant.ids("", { config })).toHaveLength(40);
  });

  test("an only object that fails is 503", async () => {
    const thrown = Object.assign(new Error("out of reach"), { retryable: true });
    const getByName = () => ({ createMany: () => Promise.reject(thrown) });
    const OPERATIONS = naming(getByName);
    await expectProblem(await post([later], { config: { OPERATIONS } }), "unavailable");
  });
});

/** The map, with objects that are found as is given. */
function naming(getByName: (name: string) => unknown): typeof env.OPERATIONS {
  return new Proxy(env.OPERATIONS, {
    get: (target, name) => (name === "getByName" ? getByName : Reflect.get(target, name)),
  });
}
