import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { echo } from "../../src/kinds/echo.ts";
import { KindTable } from "../../src/kinds/kind-table.ts";
import { Runner } from "../../src/runner/runner.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function read(stub: Stub, id: string): Promise<Operation> {
  return opOf(decode(await stub.read(id)));
}

async function pass(stub: Stub, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(stub);
}

/** lacking has the code lack a kind until the function that it returns is called. */
function lacking(kind: string): () => void {
  const { findWork } = KindTable.prototype;
  const spy = vi.spyOn(KindTable.prototype, "findWork").mockImplementation(function (
    this: KindTable,
    name,
  ) {
    return name === kind ? undefined : findWork.call(this, name);
  });
  return () => spy.mockRestore();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a lost attempt of a kind in code", () => {
  it("is made again within a second, with nobody asking, and does not count against retry", async () => {
    let stub = operationsOf("lost-again");
    const { id } = opOf(await stub.create(hanging({ interruptions: {} })));
    for (const attempt of [2, 3, 4]) {
      await abortAllDurableObjects();
      stub = operationsOf("lost-again");
      await runDurableObjectAlarm(stub);
      const lost = await read(stub, id);
      expect(lost).toMatchObject({ status: "pending", attempt: attempt - 1, resumed: attempt - 1 });
      await pass(stub, 4_000);
      expect(await read(stub, id)).toMatchObject({ status: "running", attempt });
    }
  });

  it("ends the operation where it may be begun once alone, whatever retry allows", async () => {
    const retry = { maxAttempts: 5, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    const before = operationsOf("lost-once");
    const made = await before.create(hanging({ retry, interruptions: { limit: 0 } }));
    await abortAllDurableObjects();
    const stub = operationsOf("lost-once");
    await runDurableObjectAlarm(stub);
    const ended = await read(stub, opOf(made).id);
    expect(ended).toMatchObject({ attempt: 1, error: { code: "interrupted" } });
  });

  it("of an operation that older code has made counts against retry, as it did there", async () => {
    const before = operationsOf("lost-older");
    const { id } = opOf(await before.create(hanging()));
    await abortAllDurableObjects();
    const stub = operationsOf("lost-older");
    await runDurableObjectAlarm(stub);
    expect(await read(stub, id)).toMatchObject({ error: { code: "interrupted" } });
  });
});

describe("an attempt that cannot be made as things are", () => {
  it("is postponed by a minute, and burns none", async () => {
    const stub = operationsOf("postponed");
    const error = { code: "unavailable", message: "Not now" };
    const outcome = { type: "failed", error, retryable: true } as const;
    vi.spyOn(echo, "inline", "get").mockReturnValue(false);
    vi.spyOn(Runner.prototype, "run").mockResolvedValueOnce({ outcome, postponed: "Not now" });
    const { id } = opOf(await stub.create(command()));
    await eventually(async () => expect((await read(stub, id)).status).toBe("pending"));
    expect(await read(stub, id)).toMatchObject({ resumed: 1, statusMessage: "Not now" });
    await pass(stub, 59_000);
    expect((await read(stub, id)).attempt).toBe(1);
    await pass(stub, 1_000);
    await eventually(async () => expect((await read(stub, id)).status).toBe("succeeded"));
  });

  it("waits while a version of the code lacks its kind, is looked at once a minute, and is lost to nothing but its deadline", async () => {
    const before = operationsOf("lacking");
    const { id } = opOf(await before.create(hanging({ interruptions: {}, deadline: 3_600_000 })));
    const short = opOf(await before.create(hanging({ interruptions: {}, deadline: 600_000 })));
    await abortAllDurableObjects();
    const found = lacking("simulate");
    const stub = operationsOf("lacking");
    await runDurableObjectAlarm(stub);
    const setAlarm = vi.fn();
    await runInDurableObject(stub, (_, { storage }) => {
      const set = storage.setAlarm.bind(storage);
      vi.spyOn(storage, "setAlarm").mockImplementation((time) => {
        setAlarm();
        return set(time);
      });
    });
    await pass(stub, 4_000);
    for (let minute = 0; minute < 15; minute++) await pass(stub, 60_000);
    expect(await read(stub, id)).toMatchObject({ status: "pending", attempt: 1, resumed: 1 });
    expect((await read(stub, short.id)).error?.code).toBe("deadline_exceeded");
    expect(setAlarm.mock.calls.length).toBeLessThanOrEqual(20);
    found();
    await abortAllDurableObjects();
    const later = operationsOf("lacking");
    await runDurableObjectAlarm(later);
    expect(await read(later, id)).toMatchObject({ status: "running", attempt: 2 });
  });
});
