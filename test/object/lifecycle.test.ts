import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";
import { perform } from "./performing.ts";

const all = { statuses: [], kinds: [], labels: [], order: "asc", limit: 100 } as const;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("OperationsObject: attempts", () => {
  it("an attempt lost with its object is interrupted at the next wake, with nobody asking", async () => {
    const before = operationsOf("lost");
    const { id } = opOf(await before.create(hanging()));
    await abortAllDurableObjects();
    const stub = operationsOf("lost");
    await runDurableObjectAlarm(stub);
    const op = opOf(decode(await stub.read(id)));
    expect(op).toMatchObject({ status: "failed", error: { code: "interrupted" }, attempt: 1 });
  });

  it("a lost attempt is made again where the retry policy allows, and its successor reports", async () => {
    const before = operationsOf("retried");
    const retry = { maxAttempts: 2, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    // The first is under way until it is lost, however long that takes.
    perform(async ({ attempt }) => {
      if (attempt === 1) for (;;) await scheduler.wait(20);
      return "again";
    });
    const { id } = opOf(await before.create(command({ retry })));
    await abortAllDurableObjects();
    const stub = operationsOf("retried");
    decode(await stub.read(id));
    await runDurableObjectAlarm(stub);
    await eventually(async () => {
      expect(decode(await stub.read(id))).toMatchObject({
        op: { status: "succeeded", attempt: 2 },
        result: '"again"',
      });
    });
  });

  it("a late report of an old attempt changes nothing", async () => {
    const stub = operationsOf("stale");
    const { id } = opOf(await stub.create(hanging()));
    await stub.progress(id, 7, 50, "not mine");
    expect(opOf(decode(await stub.read(id)))).toMatchObject({ version: 1, status: "running" });
  });

  it("the deadline ends work that hangs, by the alarm or by the next reader", async () => {
    const stub = operationsOf("deadline");
    const first = opOf(await stub.create(hanging({ deadline: 60_000 })));
    pass(60_000);
    await runDurableObjectAlarm(stub);
    const late = { status: "failed", error: { code: "deadline_exceeded" } };
    expect(opOf(decode(await stub.read(first.id)))).toMatchObject(late);

    const second = opOf(await stub.create(hanging({ deadline: 60_000 })));
    pass(60_000);
    expect(opOf(decode(await stub.read(second.id)))).toMatchObject(late);
    expect((await stub.stats()).attempts).toBe(0);
  });

  it("cancel stops work that runs, and ends at once what has not started", async () => {
    const stub = operationsOf("cancel");
    const running = opOf(await stub.create(hanging()));
    expect(opOf(await stub.cancel(running.id)).cancelRequestedAt).toBeDefined();
    await eventually(async () => {
      expect(opOf(decode(await stub.read(running.id))).status).toBe("canceled");
    });
    const later = opOf(await stub.create(command({ startAfter: 60_000 })));
    expect(later.status).toBe("pending");
    expect(opOf(await stub.cancel(later.id)).status).toBe("canceled");
  });

  it("startAfter starts the work when its time comes", async () => {
    const stub = operationsOf("later");
    const { id } = opOf(await stub.create(command({ startAfter: 3_600_000, input: "5" })));
    pass(3_600_000);
    await runDurableObjectAlarm(stub);
    await eventually(async () => {
      expect(decode(await stub.read(id))).toMatchObject({
        op: { status: "succeeded" },
        result: "5",
      });
    });
  });
});

describe("OperationsObject: alarm and expiry", () => {
  it("an empty map sets no alarm", async () => {
    const stub = operationsOf("empty");
    await stub.stats();
    decode(await stub.read("0".repeat(30)));
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it("after the last operation is gone no alarm is left", async () => {
    const stub = operationsOf("gone");
    await stub.create(command({ ttl: 60_000 }), 1_000);
    await runDurableObjectAlarm(stub);
    pass(60_001);
    await runDurableObjectAlarm(stub);
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBeNull();
    const rows = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT count(*) AS n FROM operations").one(),
    );
    expect(rows).toEqual({ n: 0 });
  });

  it("an expired operation is gone for every reader, whatever the sweep has done", async () => {
    const stub = operationsOf("expired");
    const idempotency = { key: "k", fingerprint: "f" };
    const { id } = opOf(await stub.create(command({ ttl: 60_000, idempotency }), 1_000));
    pass(60_001);
    expect(decode(await stub.read(id))).toMatchObject({ error: { code: "operation-not-found" } });
    expect(await stub.readResult(id)).toMatchObject({ error: { code: "operation-not-found" } });
    expect(await stub.cancel(id)).toMatchObject({ error: { code: "operation-not-found" } });
    expect((await stub.list(all)).items).toEqual([]);
    expect((await stub.stats()).operations).toEqual([]);
    const again = opOf(await stub.create(command({ idempotency }), 1_000));
    expect(again.id > id).toBe(true);
  });

  it("alarm contains what a broken row throws, and stays armed for the others", async () => {
    const stub = operationsOf("broken");
    const broken = opOf(await stub.create(command({ startAfter: 60_000 })));
    const whole = opOf(await stub.create(command({ startAfter: 60_000 })));
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("UPDATE operations SET doc = 'not JSON' WHERE id = ?", broken.id);
    });
    pass(60_000);
    await runDurableObjectAlarm(stub);
    await eventually(async () => {
      expect(opOf(decode(await stub.read(whole.id))).status).toBe("succeeded");
    });
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).not.toBeNull();
  });

  it("an alarm that never fired is made up for by the next reader", async () => {
    const stub = operationsOf("late-alarm");
    const { id } = opOf(await stub.create(command({ startAfter: 60_000 })));
    await evictDurableObject(stub);
    pass(600_000);
    await eventually(async () => {
      expect(opOf(decode(await stub.read(id))).status).toBe("succeeded");
    });
  });

  it("a finished operation survives eviction with its result", async () => {
    const stub = operationsOf("evicted");
    const { id } = opOf(await stub.create(command({ input: '{"a":1}' }), 1_000));
    await evictDurableObject(stub);
    expect(decode(await stub.read(id))).toMatchObject({
      op: { status: "succeeded" },
      result: '{"a":1}',
    });
  });

  it("ids go on after a restart, and never below the last", async () => {
    const stub = operationsOf("order");
    const first = opOf(await stub.create(command()));
    await evictDurableObject(stub);
    vi.setSystemTime(Date.now() - 3_600_000);
    const second = opOf(await operationsOf("order").create(command()));
    expect(second.id > first.id).toBe(true);
  });
});
