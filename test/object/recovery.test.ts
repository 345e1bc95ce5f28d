import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { Recovery } from "../../src/object/schedule/recovery.ts";
import type { Schedule } from "../../src/object/schedule/schedule.ts";
import { Savepoints } from "../../src/object/storage/savepoints.ts";
import { Store } from "../../src/object/storage/store.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const hour = 3_600_000;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function read(stub: Stub, id: string): Promise<Operation> {
  return opOf(decode(await stub.read(id)));
}

function move(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

async function alarmOf(stub: Stub): Promise<number | null> {
  return runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
}

/** restart ends the object as a crash does, having lost its alarm where that is asked for. */
async function restart(stub: Stub, tenant: string, isAlarmLost = false): Promise<Stub> {
  if (isAlarmLost) await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());
  await abortAllDurableObjects();
  return operationsOf(tenant);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a start of the object whose alarm is lost", () => {
  it("ends what has passed its deadline meanwhile", async () => {
    const before = operationsOf("lost-alarm");
    const { id } = opOf(await before.create(hanging({ deadline: 60_000 })));
    const stub = await restart(before, "lost-alarm", true);
    move(hour);
    expect(await read(stub, id)).toMatchObject({
      status: "failed",
      error: { code: "deadline_exceeded" },
    });
  });

  it("retries what was under way, starts what is due, and is armed, whatever is asked for", async () => {
    const retry = { maxAttempts: 2, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    const before = operationsOf("lost-alarm-others");
    const lost = opOf(await before.create(hanging({ retry })));
    const later = opOf(await before.create(command({ startAfter: 60_000 })));
    const stub = await restart(before, "lost-alarm-others", true);
    move(60_000);
    await stub.documents({ storage: "none", requirements: [] });
    await eventually(async () => expect(await alarmOf(stub)).not.toBeNull());
    await runDurableObjectAlarm(stub);
    expect(await read(stub, lost.id)).toMatchObject({ status: "running", attempt: 2 });
    await eventually(async () => expect((await read(stub, later.id)).status).toBe("succeeded"));
  });

  it("comes back to a map that it could not read", async () => {
    const before = operationsOf("lost-alarm-unread");
    const { id } = opOf(await before.create(hanging()));
    const unfinished = vi.spyOn(Store.prototype, "unfinished").mockImplementation(() => {
      throw new Error("disk I/O error");
    });
    vi.spyOn(console, "error").mockImplementation(() => {});
    const stub = await restart(before, "lost-alarm-unread", true);
    await stub.documents({ storage: "none", requirements: [] });
    await eventually(async () => expect(await alarmOf(stub)).not.toBeNull());
    unfinished.mockRestore();
    move(60_000);
    await runDurableObjectAlarm(stub);
    expect(await read(stub, id)).toMatchObject({ error: { code: "interrupted" } });
  });

  it("removes what expires, though nothing is unfinished", async () => {
    const before = operationsOf("lost-alarm-expiry");
    opOf(await before.create(command({ ttl: 60_000 }), 1_000));
    const stub = await restart(before, "lost-alarm-expiry", true);
    await stub.stats();
    await eventually(async () => expect(await alarmOf(stub)).not.toBeNull());
    move(125_000);
    await runDurableObjectAlarm(stub);
    const rows = await runInDurableObject(stub, (_, { storage: { sql } }) =>
      sql.exec("SELECT id FROM operations").toArray(),
    );
    expect(rows).toEqual([]);
  });
});

describe("recovery asks neither the alarm nor the clock", () => {
  it.each([5, 1_000, 61_000, hour])(
    "a clock that is %i ms behind after a restart leaves nothing running that no one does",
    async (behind) => {
      const tenant = `behind-${behind}`;
      const before = operationsOf(tenant);
      const ops = [
        opOf(await before.create(hanging())),
        opOf(await before.create(hanging())),
        opOf(await before.create(hanging())),
      ];
      const stub = await restart(before, tenant);
      move(-behind);
      // The first change of the new life finds them lost; a cancel finds nothing to stop.
      expect(opOf(await stub.cancel(ops[0]?.id ?? ""))).toMatchObject({
        status: "failed",
        error: { code: "interrupted" },
      });
      for (const { id } of ops) expect((await read(stub, id)).error?.code).toBe("interrupted");
    },
  );

  it("the alarm of a far deadline takes them up, too", async () => {
    const before = operationsOf("behind-alarm");
    const { id } = opOf(await before.create(hanging()));
    const stub = await restart(before, "behind-alarm");
    move(-hour);
    await runDurableObjectAlarm(stub);
    expect((await read(stub, id)).error?.code).toBe("interrupted");
  });

  it("what a worker elsewhere does, and what waits for an answer without an attempt, goes on", async () => {
    const before = operationsOf("left-alone");
    const held = opOf(await before.create(command({ kind: "resize", external: true })));
    await before.claim({ kinds: ["resize"], max: 1, lease: 600_000 });
    const asking = opOf(
      await before.create(command({ kind: "simulate", input: '{"outcome":"ask"}' })),
    );
    await eventually(async () =>
      expect((await read(before, asking.id)).status).toBe("input_required"),
    );
    let stub = before;
    for (let n = 0; n < 2; n++) {
      stub = await restart(stub, "left-alone");
      await stub.cancel("none");
    }
    expect(await read(stub, held.id)).toMatchObject({ status: "running", attempt: 1 });
    expect(await read(stub, asking.id)).toMatchObject({ isParked: true, attempt: 1 });
  });

  it("an object with nothing unfinished is not read for it by those who only read", async () => {
    const stub = operationsOf("nothing-left");
    const { id } = opOf(await stub.create(command(), 1_000));
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub);
    const unfinished = vi.spyOn(Store.prototype, "unfinished");
    expect((await read(stub, id)).status).toBe("succeeded");
    expect(unfinished).not.toHaveBeenCalled();
    await stub.cancel(id);
    expect(unfinished).toHaveBeenCalledOnce();
  });
});

describe("Recovery", () => {
  const op = (id: string) => ({ id }) as Operation;

  function recovering(ids: readonly string[], lose: (op: Operation) => void) {
    const postponed: string[] = [];
    const failed: string[] = [];
    const plan = { lost: new Set(ids) };
    const schedule = {
      read: () => plan,
      postpone: (id: string) => void postponed.push(id),
    } as unknown as Schedule;
    const recovery = new Recovery(schedule, new Savepoints((write) => write()), {
      get: op,
      lose,
      failed: (_, id) => void failed.push(id),
    });
    return { recovery, schedule, postponed, failed };
  }

  it("takes up 500 in one event, and one of the others when it is asked for", () => {
    const lost: string[] = [];
    const ids = Array.from({ length: 1_200 }, (_, n) => `${n}`);
    const { recovery } = recovering(ids, ({ id }) => void lost.push(id));
    expect(recovery.isOver).toBe(false);
    recovery.next();
    recovery.take("900");
    recovery.take("900");
    expect([lost.length, lost.at(-1), recovery.isOver]).toEqual([501, "900", false]);
    recovery.next();
    recovery.next();
    expect([lost.toSorted(), recovery.isOver]).toEqual([ids.toSorted(), true]);
  });

  it("leaves one that cannot be taken up for later, and holds up no other for it", () => {
    const lost: string[] = [];
    let isBroken = true;
    const { recovery, schedule, postponed, failed } = recovering(["a", "b", "c"], ({ id }) => {
      if (id === "b" && isBroken) throw new Error("disk I/O error");
      lost.push(id);
    });
    recovery.next();
    expect([lost, postponed, failed]).toEqual([["a", "c"], ["b"], ["b"]]);
    expect([[...schedule.read().lost], recovery.isOver]).toEqual([["b"], true]);
    isBroken = false;
    recovery.take("b");
    expect([lost, schedule.read().lost.size]).toEqual([["a", "c", "b"], 0]);
  });
});
