import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lacks } from "../../src/object/address.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { command, operationsOf } from "./commands.ts";

const hour = 3_600_000;
const idempotency = { key: "k", fingerprint: "f" };
const reservation = { idempotency, shard: 3 };
const elsewhere = { error: { code: "unavailable" }, shard: 3 };

let count = 0;
let object: ReturnType<typeof operationsOf>;

beforeEach(() => {
  count += 1;
  object = operationsOf(`reserved-${count}`);
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

const rows = () =>
  runInDurableObject(object, (_, { storage: { sql } }) =>
    sql.exec("SELECT key, shard FROM reservations").toArray(),
  );

describe("reserveMany", () => {
  it("sends creates with that key on, alone or in a batch, and no others", async () => {
    expect(await object.reserveMany([reservation])).toEqual([undefined]);
    const keyed = command({ idempotency });
    expect(await object.create(keyed)).toMatchObject(elsewhere);
    const other = command({ idempotency: { key: "other", fingerprint: "f" } });
    const replies = await object.createMany([keyed, other, command()]);
    expect(replies).toMatchObject([elsewhere, { op: {} }, { op: {} }]);
    expect(await object.findMany([idempotency])).toEqual([undefined]);
  });

  it("tells what the key has made here, and then reserves nothing", async () => {
    const made = await object.create(command({ idempotency }));
    if (made.error) throw new Error(made.error.message);
    const { op } = made;
    const replies = await object.reserveMany([
      reservation,
      { ...reservation, idempotency: { ...idempotency, fingerprint: "other" } },
    ]);
    expect(replies).toMatchObject([
      { op: { id: op.id }, replayed: true },
      { error: { code: "idempotency-key-reused" } },
    ]);
    expect(await rows()).toEqual([]);
  });

  it("holds for at least an hour, and longer where it is asked for again", async () => {
    vi.setSystemTime(Math.ceil(Date.now() / hour) * hour - 1);
    await object.reserveMany([reservation]);
    pass(hour);
    expect(await object.create(command({ idempotency }))).toMatchObject(elsewhere);
    await object.reserveMany([{ idempotency, shard: 2 }]);
    pass(hour);
    expect(await object.create(command({ idempotency }))).toMatchObject(elsewhere);
    pass(hour);
    expect(await object.create(command({ idempotency }))).toMatchObject({ op: {} });
  });

  it("costs no row where the key is reserved already in that hour", async () => {
    vi.setSystemTime(Math.ceil(Date.now() / hour) * hour);
    for (let n = 0; n < 3; n++) await object.reserveMany([reservation]);
    expect(await rows()).toEqual([{ key: "k", shard: 3 }]);
  });

  it("frees itself, with nobody asking", async () => {
    const keys = Array.from({ length: 1_200 }, (_, n) => ({
      ...reservation,
      idempotency: { key: `key-${n}`, fingerprint: "f" },
    }));
    await object.reserveMany(keys);
    expect(await rows()).toHaveLength(1_200);
    pass(2 * hour);
    let alarms = 0;
    while (await runDurableObjectAlarm(object)) alarms += 1;
    expect(alarms).toBe(3);
    expect(await rows()).toEqual([]);
  });

  it("holds in the next life of the object", async () => {
    await object.reserveMany([reservation]);
    await abortAllDurableObjects();
    object = operationsOf(`reserved-${count}`);
    expect(await object.create(command({ idempotency }))).toMatchObject(elsewhere);
  });
});

describe("a reservation that cannot be read", () => {
  it("keeps its key from being made here, once it can be read again", async () => {
    await object.reserveMany([reservation]);
    await abortAllDurableObjects();
    object = operationsOf(`reserved-${count}`);
    vi.spyOn(console, "error").mockImplementation(() => {});
    await runInDurableObject(object, async (instance, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql);
      const failing = vi.spyOn(storage.sql, "exec");
      failing.mockImplementation((query: string, ...bindings: unknown[]) => {
        if (query.includes("min(hour)")) throw new Error("disk I/O error");
        return exec(query, ...bindings) as never;
      });
      await (instance as OperationsObject).create(command());
      expect(await storage.getAlarm()).not.toBeNull();
      failing.mockRestore();
    });
    expect(await object.create(command({ idempotency }))).toMatchObject(elsewhere);
  });

  it("is left alone for a minute where it cannot be removed, and holds up no deadline", async () => {
    await object.reserveMany([reservation]);
    pass(2 * hour);
    vi.spyOn(console, "error").mockImplementation(() => {});
    await runInDurableObject(object, async (instance, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql);
      const failing = vi.spyOn(storage.sql, "exec");
      failing.mockImplementation((query: string, ...bindings: unknown[]) => {
        if (query.startsWith("DELETE FROM reservations")) throw new Error("disk I/O error");
        return exec(query, ...bindings) as never;
      });
      await (instance as OperationsObject).alarm();
      expect(await storage.getAlarm()).toBe(Date.now() + 60_000);
      const later = command({ startAfter: 1_000 });
      await (instance as OperationsObject).create(later);
      expect(await storage.getAlarm()).toBe(Date.now() + 1_000);
      failing.mockRestore();
    });
    pass(60_000);
    await runDurableObjectAlarm(object);
    expect(await rows()).toEqual([]);
  });
});

describe("lacks", () => {
  it("knows an object that runs older code by what it throws", async () => {
    const older = object as unknown as { readonly laterMethod: () => Promise<void> };
    const thrown = await older.laterMethod().catch((reason: unknown) => reason);
    expect(lacks(thrown, "laterMethod" as "create")).toBe(true);
    expect(lacks(thrown, "create")).toBe(false);
    expect(lacks(new Error("Network connection lost."), "create")).toBe(false);
  });
});
