import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod/mini";
import { parseId } from "../../../../src/core/id.ts";
import { homes } from "../../../../src/core/shard.ts";
import { type OperationContext, OperationFailure } from "../../../../src/kinds/kind.ts";
import { lacking } from "../../../edge/altered-objects.ts";
import { configured } from "../../../edge/configured.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, configure, type Monitor } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { perform } from "../../../object/performing.ts";
import { clientOf } from "../typed-client.ts";

const shards = 4;
configure({ SHARDS: `${shards}` });
freshTenant();

/** Calls of steps: their names and keys. */
let calls: string[] = [];
/** Whether what fails, fails. */
let isBroken = true;

beforeEach(() => {
  calls = [];
  isBroken = true;
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

function called(op: OperationContext, name: string, fails = false): Promise<string> {
  return op.step(name, ({ idempotencyKey }) => {
    calls.push(`${name} ${idempotencyKey}`);
    if (fails) throw new OperationFailure("broken", "Not now", { retryable: false });
    return `done ${name}`;
  });
}

const path = (id: string) => `/api/v1/operations/${id}:rerun`;

const rerun = (id: string, json: object = { keepSteps: true }, call: Call = {}) =>
  tenant.send(path(id), { json, ...call });

async function ended({ id }: Monitor): Promise<Monitor> {
  return eventually(async () => {
    const now = await tenant.get(`/operations/${id}`);
    expect(now.finishedAt).toBeDefined();
    return now;
  });
}

const monitor = async (response: Response) => (await response.json()) as Monitor;
const shardOf = (id: string) => parseId(id)?.shard ?? -1;
const echo = { kind: "echo" };

/** A key whose home is the shard of an operation, or is not. */
function keyFor(id: string, isItsHome: boolean): string {
  for (let n = 0; ; n++) {
    const key = `key-${n}`;
    if ((homes(key, shards).at(-1) === shardOf(id)) === isItsHome) return key;
  }
}

const rowsOf = (shard: number, id: string) =>
  runInDurableObject(tenant.object(shard), (_, { storage }) =>
    storage.sql
      .exec<{ name: string; doc: string }>(
        "SELECT name, doc FROM steps WHERE id = ? ORDER BY seq",
        id,
      )
      .toArray(),
  );

describe("keepSteps of a rerun", () => {
  test.each([
    ["without a key", () => ({})],
    ["with a key that is at home there", (id: string) => ({ key: keyFor(id, true) })],
    ["with a key that is at home elsewhere", (id: string) => ({ key: keyFor(id, false) })],
  ])("goes on after the last stored step, by the same keys, %s", async (_, keyed) => {
    perform(async (op) => {
      const [a, b] = await Promise.all([called(op, "a"), called(op, "b")]);
      return [a, b, await called(op, "c", isBroken), await called(op, "d")];
    });
    const first = await ended(await tenant.create(echo));
    expect(first).toMatchObject({ status: "failed", error: { code: "broken" } });
    isBroken = false;
    const { key } = keyed(first.id) as { key?: string };
    const headers = key === undefined ? {} : { "idempotency-key": key };
    const again = await ended(await monitor(await rerun(first.id, undefined, { headers })));
    expect(again).toMatchObject({
      status: "succeeded",
      rerunOf: first.id,
      result: ["done a", "done b", "done c", "done d"],
    });
    const home = key === undefined ? shardOf(first.id) : homes(key, shards).at(-1);
    expect(shardOf(again.id)).toBe(home);
    const keys = (names: string) => [...names].map((name) => `${name} ${first.id}/${name}`);
    expect(calls).toEqual([...keys("abc"), ...keys("cd")]);
    const { attempts } = await tenant.get<{ attempts: { steps: { name: string }[] }[] }>(
      `/operations/${again.id}/attempts`,
    );
    expect(attempts.map(({ steps }) => steps.map(({ name }) => name))).toEqual([["c", "d"]]);
  });

  test("without it, all steps are made, by keys of their own", async () => {
    perform(async (op) => [await called(op, "a"), await called(op, "b", isBroken)]);
    const first = await ended(await tenant.create(echo));
    isBroken = false;
    const again = await ended(await monitor(await rerun(first.id, { keepSteps: false })));
    expect(calls.slice(2)).toEqual([`a ${again.id}/a`, `b ${again.id}/b`]);
  });

  test("a rerun of a rerun, and an attempt after a restart, go on by the first one's keys", async () => {
    let isCut = true;
    perform(async (op) => {
      await called(op, "a");
      await called(op, "b", isBroken);
      if (isCut) {
        isCut = false;
        for (;;) await scheduler.wait(50);
      }
      await called(op, "c", calls.length < 6);
      return op.idempotencyKey;
    });
    const first = await ended(
      await tenant.create(echo, "", { headers: { "idempotency-key": "order 1" } }),
    );
    const second = await ended(await monitor(await rerun(first.id)));
    expect([first.status, second.status]).toEqual(["failed", "failed"]);
    calls.push("third");
    isBroken = false;
    const third = await monitor(await rerun(second.id));
    await eventually(() => expect(calls).toHaveLength(5));
    await abortAllDurableObjects();
    expect(await ended(third)).toMatchObject({ status: "failed", attempt: 2 });
    const fourth = await ended(await monitor(await rerun(third.id)));
    expect(fourth).toMatchObject({ status: "succeeded", result: "order 1", rerunOf: third.id });
    const [a, b, c] = [..."abc"].map((name) => `${name} order 1/${name}`);
    expect(calls).toEqual([a, b, b, "third", b, c, c]);
  });

  test("what came after a step that failed, and was caught, need not be come by", async () => {
    perform(async (op) => {
      const a = await called(op, "a", isBroken).catch(() => called(op, "instead"));
      return [a, await called(op, "b", isBroken)];
    });
    const first = await ended(await tenant.create(echo));
    isBroken = false;
    const again = await ended(await monitor(await rerun(first.id)));
    expect(again).toMatchObject({ status: "succeeded", result: ["done a", "done b"] });
  });

  test("keeps sleeps to their time, and answers to questions with a name", async () => {
    perform(async (op) => {
      const { name } = await op.ask("who", z.object({ name: z.string() }), "Who?");
      await op.sleep("nap", "1h");
      const { age } = await op.ask("age", z.object({ age: z.int() }), "How old?");
      return [name, age];
    });
    const answer = (id: string, json: object) =>
      eventually(async () => {
        const response = await tenant.send(`/api/v1/operations/${id}:input`, { json });
        expect(response.status).toBe(200);
      });
    const parked = ({ id }: Monitor) =>
      eventually(async () => {
        const now = await tenant.get<Monitor & { startAt?: string }>(`/operations/${id}`);
        expect(now).toMatchObject({ status: "pending", startAt: expect.any(String) });
        return now;
      });
    const first = await tenant.create(echo);
    await answer(first.id, { name: "ada" });
    const { startAt } = await parked(first);
    await tenant.send(`/api/v1/operations/${first.id}:cancel`, { method: "POST" });
    const again = await monitor(await rerun(first.id));
    expect((await parked(again)).startAt).toBe(startAt);
    await runInDurableObject(tenant.object(shardOf(again.id)), (_, { storage }) => {
      storage.sql.exec(
        "UPDATE steps SET doc = json_set(doc, '$.until', ?) WHERE id = ? AND name = 'nap'",
        Date.now(),
        again.id,
      );
    });
    await tenant.send(`/api/v1/operations/${again.id}:cancel`, { method: "POST" });
    const third = await monitor(await rerun(again.id));
    await answer(third.id, { age: 36 });
    expect((await ended(third)).result).toEqual(["ada", 36]);
  });

  test("output begins anew, and the next attempt cuts off what this one wrote after its last step", async () => {
    perform(async (op) => {
      await op.write("one ");
      await called(op, "a");
      await op.write("two ");
      await called(op, "b", isBroken);
      return "done";
    });
    const first = await ended(await tenant.create(echo));
    isBroken = false;
    const again = await ended(await monitor(await rerun(first.id)));
    const output = await tenant.send(`/api/v1/operations/${again.id}/output`);
    expect(await output.text()).toBe("one two ");
  });

  test("what is kept goes with the operation that it was copied to", async () => {
    perform(async (op) => [await called(op, "a"), await called(op, "b", isBroken)]);
    const first = await ended(await tenant.create(echo));
    isBroken = false;
    const again = await ended(await monitor(await rerun(first.id)));
    const shard = shardOf(again.id);
    expect((await rowsOf(shard, again.id)).map(({ name }) => name)).toEqual(["a", "b"]);
    await tenant.send(`/api/v1/operations/${again.id}`, { method: "DELETE" });
    expect(await rowsOf(shard, again.id)).toEqual([]);
    expect((await rowsOf(shard, first.id)).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("an Idempotency-Key makes one operation, also once the other is gone", async () => {
    perform(async (op) => called(op, "a", isBroken));
    const first = await ended(await tenant.create(echo));
    const call = { headers: { "idempotency-key": keyFor(first.id, false) } };
    const made = await Promise.all(
      Array.from(
        { length: 8 },
        async () => (await monitor(await rerun(first.id, undefined, call))).id,
      ),
    );
    expect(new Set(made).size).toBe(1);
    await tenant.send(`/api/v1/operations/${first.id}`, { method: "DELETE" });
    const replayed = await rerun(first.id, undefined, call);
    expect(replayed.headers.get("idempotency-replayed")).toBe("true");
    await expectProblem(await rerun(first.id, {}, call), "idempotency-key-reused");
    await expectProblem(await rerun(first.id), "operation-not-found");
  });

  test("takes no input", async () => {
    perform(() => 1);
    const first = await ended(await tenant.create(echo));
    const refused = await rerun(first.id, { keepSteps: true, input: null });
    const { errors } = await expectProblem(refused, "validation-failed");
    expect(errors?.map((one) => one.path)).toEqual(["input"]);
    expect(await tenant.ids()).toEqual([first.id]);
  });

  test("one that has not ended is 409", async () => {
    const first = await tenant.create({ ...echo, startAfter: "1h" });
    await expectProblem(await rerun(first.id), "operation-active");
  });

  test.each(["createKept", "readKept"])(
    "an object of older code, without %s, makes nothing",
    async (method) => {
      perform(() => 1);
      const first = await ended(await tenant.create(echo));
      const call = {
        config: { OPERATIONS: lacking(method) },
        headers: { "idempotency-key": keyFor(first.id, false) },
      };
      await expectProblem(await rerun(first.id, undefined, call), "unavailable");
      expect(await tenant.ids()).toEqual([first.id]);
    },
  );

  test("the client keeps steps", async () => {
    perform(async (op) => [await called(op, "a"), await called(op, "b", isBroken)]);
    const client = clientOf(tenant, configured);
    const first = await client.create("echo", 1, { wait: "5s" });
    isBroken = false;
    const again = await client.rerun(first.id, { keepSteps: true, wait: "5s" });
    expect(again).toMatchObject({ status: "succeeded", result: ["done a", "done b"] });
    expect(calls).toHaveLength(3);
  });

  test("is refused once a step is undone, and leaves what it has kept where it fails in its turn", async () => {
    const undone: string[] = [];
    const undoable = (op: OperationContext) =>
      op.step("a", () => "a", { compensate: ({ stepKey }) => void undone.push(stepKey) });
    perform(async (op) => {
      await undoable(op);
      if (isBroken) throw new OperationFailure("broken", "Not now", { retryable: false });
      await op.step("then", () => scheduler.wait(60_000));
    });
    const first = await ended(
      await monitor(await tenant.send("/api/v1/operations", { json: echo })),
    );
    await expectProblem(await rerun(first.id), "validation-failed");
    isBroken = false;
    const second = await monitor(await tenant.send("/api/v1/operations", { json: echo }));
    await eventually(async () => {
      expect(await rowsOf(shardOf(second.id), second.id)).toHaveLength(1);
    });
    await tenant.send(`/api/v1/operations/${second.id}:cancel`, { json: { force: true } });
    isBroken = true;
    const again = await ended(await monitor(await rerun(second.id)));
    expect(again.error).toMatchObject({ code: "broken" });
    expect(undone).toEqual([`${first.id}/a`]);
  });
});
