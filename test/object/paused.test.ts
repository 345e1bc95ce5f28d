import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { PausedKinds } from "../../src/object/schedule/paused-kinds.ts";
import { Savepoints } from "../../src/object/storage/savepoints.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const outside = { kind: "resize", external: true } as const;
const claim = { kinds: ["resize"], max: 100, lease: 60_000 };

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function statusOf(stub: Stub, { id }: Operation): Promise<string> {
  return opOf(decode(await stub.read(id))).status;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a paused kind", () => {
  it("starts nothing, also after a restart, loses nothing, and goes on in its order", async () => {
    const before = operationsOf("echo");
    await before.setPaused("echo", true);
    const made = [opOf(await before.create(command())), opOf(await before.create(command()))];
    const first = opOf(await before.create(command({ priority: 0 })));
    const later = opOf(await before.create(command({ startAfter: 60_000 })));
    const other = opOf(await before.create(command({ kind: "simulate", input: "{}" }), 60_000));
    expect(other.status).toBe("succeeded");
    await abortAllDurableObjects();
    const stub = operationsOf("echo");
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(stub);
    for (const op of [...made, first, later]) expect(await statusOf(stub, op)).toBe("pending");
    expect((await stub.kindLevels()).echo).toMatchObject({ paused: true, running: 0, waiting: 4 });
    const { echo } = await stub.setPaused("echo", false);
    expect(echo).toMatchObject({ paused: false });
    await eventually(async () => {
      for (const op of [...made, first, later]) expect(await statusOf(stub, op)).toBe("succeeded");
    });
    const ends = await Promise.all(
      [first, ...made, later].map(
        async ({ id }) => opOf(decode(await stub.read(id))).startedAt ?? 0,
      ),
    );
    expect(ends).toEqual(ends.toSorted());
  });

  it("hands out no claim, wakes who waits for one when it goes on, and lets what is claimed go on", async () => {
    const stub = operationsOf("claims");
    const held = opOf(await stub.create(command(outside)));
    await stub.claim(claim);
    await stub.setPaused("resize", true);
    const waiting = opOf(await stub.create(command(outside)));
    expect(await stub.claim(claim)).toEqual([]);
    const ended = await stub.end(held.id, { attempt: 1, result: "1", size: 1 });
    expect(opOf(ended).status).toBe("succeeded");
    expect((await stub.kindLevels()).resize).toMatchObject({
      paused: true,
      running: 0,
      waiting: 1,
    });
    await stub.setPaused("resize", false);
    expect((await stub.claim(claim)).map(({ op }) => op.id)).toEqual([waiting.id]);
  });

  it("keeps a lost attempt and a retry pending, and ends what is past its deadline", async () => {
    const before = operationsOf("lost");
    const lost = opOf(await before.create(hanging({ interruptions: {} })));
    const short = opOf(await before.create(hanging({ interruptions: {}, deadline: 600_000 })));
    await before.setPaused("simulate", true);
    expect((await before.kindLevels()).simulate).toMatchObject({
      paused: true,
      running: 2,
      waiting: 0,
    });
    await abortAllDurableObjects();
    const stub = operationsOf("lost");
    await runDurableObjectAlarm(stub);
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(stub);
    expect(await statusOf(stub, lost)).toBe("pending");
    vi.setSystemTime(Date.now() + 600_000);
    await runDurableObjectAlarm(stub);
    expect(await statusOf(stub, short)).toBe("failed");
    await stub.setPaused("simulate", false);
    expect(await statusOf(stub, lost)).toBe("running");
  });

  it("does not wake the object: no alarm comes before the deadline", async () => {
    const stub = operationsOf("calm");
    await stub.setPaused("echo", true);
    const { deadlineAt } = opOf(await stub.create(command()));
    expect(await runInDurableObject(stub, (_, { storage }) => storage.getAlarm())).toBe(deadlineAt);
  });

  it("costs one row, and nothing where it is paused already; a pause that does not hold is none", async () => {
    const stub = operationsOf("rows");
    await stub.create(command());
    await runInDurableObject(stub, (_, { storage }) => {
      const exec = vi.spyOn(storage.sql, "exec");
      const savepoints = new Savepoints((write) => storage.transactionSync(write));
      const paused = new PausedKinds(storage.sql, savepoints, () => {});
      savepoints.run(() => paused.set("echo", true));
      savepoints.run(() => paused.set("echo", true));
      const inserts = exec.mock.results.filter((_result, n) =>
        exec.mock.calls[n]?.[0].startsWith("INSERT"),
      );
      expect(inserts.map(({ value }) => value.rowsWritten)).toEqual([1]);
      const broken = () =>
        savepoints.run(() => {
          paused.set("simulate", true);
          throw new Error("disk I/O error");
        });
      expect(broken).toThrow("disk I/O error");
      expect([...paused.all]).toEqual(["echo"]);
    });
  });
});
