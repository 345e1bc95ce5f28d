import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { OperationFailure } from "../../src/kinds/kind.ts";
import { Attempts } from "../../src/object/attempts/attempts.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { Savepoints } from "../../src/object/storage/savepoints.ts";
import type { Ended } from "../../src/runner/outcome.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";
import { perform } from "./performing.ts";

type Stub = ReturnType<typeof operationsOf>;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function read(stub: Stub, id: string): Promise<Operation> {
  return opOf(decode(await stub.read(id)));
}

/** failing lets statements throw whose text has a part, for so many times, and returns how often they did. */
async function failing(stub: Stub, part: string, times = Number.POSITIVE_INFINITY) {
  let left = times;
  let count = 0;
  await runInDurableObject(stub, (_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
      if (query.includes(part) && left > 0) {
        left -= 1;
        count += 1;
        throw new Error("disk I/O error");
      }
      return exec(query, ...bindings) as never;
    });
  });
  return { count: () => count, heal: () => (left = 0) };
}

/** refused returns what a call of the object throws, from within it: what crosses to here is logged as uncaught. */
function refused(
  stub: Stub,
  call: (object: OperationsObject) => Promise<unknown>,
): Promise<string> {
  return runInDurableObject(stub, (object) =>
    call(object as OperationsObject).then(() => "nothing", String),
  );
}

const diskError = "Error: disk I/O error";

/** What stands in a table. */
function rows(stub: Stub, table: string): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(stub, (_, { storage: { sql } }) =>
    sql.exec(`SELECT * FROM ${table}`).toArray(),
  );
}

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("Savepoints", () => {
  const nothing = <T>(write: () => T): T => write();

  it("takes back what a write noted, last first, and runs nothing that would have followed", () => {
    const savepoints = new Savepoints(nothing);
    const seen: string[] = [];
    const broken = () =>
      savepoints.run(() => {
        for (const name of ["a", "b"]) {
          savepoints.noted(() => seen.push(`undo ${name}`));
          savepoints.held(() => seen.push(`after ${name}`));
        }
        throw new Error("broken");
      });
    expect(broken).toThrow("broken");
    expect(seen).toEqual(["undo b", "undo a"]);
  });

  it("lets what follows from an inner one wait for the outer, and takes it back with it", () => {
    const savepoints = new Savepoints(nothing);
    const seen: string[] = [];
    const inner = () =>
      savepoints.run(() => {
        savepoints.noted(() => seen.push("undo"));
        savepoints.held(() => seen.push("after"));
      });
    savepoints.run(() => {
      inner();
      seen.push("written");
    });
    const outer = () =>
      savepoints.run(() => {
        inner();
        throw new Error("broken");
      });
    expect(outer).toThrow("broken");
    expect(seen).toEqual(["written", "after", "undo"]);
  });
});

describe("a write that throws half-way leaves nothing", () => {
  it("of an operation whose key could not be stored, and the key makes it when asked again", async () => {
    const stub = operationsOf("savepoint-key");
    opOf(await stub.create(command(), 1_000));
    const { count } = await failing(stub, "INTO idempotency", 1);
    const idempotency = { key: "k", fingerprint: "f" };
    expect(await refused(stub, (object) => object.create(hanging({ idempotency })))).toBe(
      diskError,
    );
    expect([count(), await rows(stub, "idempotency")]).toEqual([1, []]);
    expect(await rows(stub, "operations")).toHaveLength(1);
    expect((await stub.stats()).attempts).toBe(0);
    const made = await stub.create(hanging({ idempotency }));
    expect(made).not.toHaveProperty("replayed");
    expect(opOf(await stub.create(hanging({ idempotency }))).id).toBe(opOf(made).id);
  });

  it("of one of many, and the others hold", async () => {
    const stub = operationsOf("savepoint-many");
    opOf(await stub.create(command(), 1_000));
    await failing(stub, "INTO idempotency", 1);
    const keyed = (key: string) => hanging({ idempotency: { key, fingerprint: "f" } });
    const [first, second] = await stub.createMany([keyed("a"), keyed("b")]);
    expect(first?.error?.code).toBe("internal");
    expect(await rows(stub, "operations")).toHaveLength(2);
    expect(await rows(stub, "idempotency")).toEqual([{ key: "b", id: opOf(second as never).id }]);
    expect((await stub.stats()).attempts).toBe(1);
  });

  it("of a start whose input cannot be read: it is pending, and starts later", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const stub = operationsOf("savepoint-start");
    const { id } = opOf(await stub.create(command({ startAfter: 5_000, input: "7" })));
    await failing(stub, "SELECT input", 1);
    vi.setSystemTime(Date.now() + 5_000);
    await runDurableObjectAlarm(stub);
    expect(await read(stub, id)).toMatchObject({ status: "pending", attempt: 0 });
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(stub);
    await eventually(async () => expect((await read(stub, id)).status).toBe("succeeded"));
  });

  it("of a claim that cannot hand out an input: nobody has lost an attempt", async () => {
    const stub = operationsOf("savepoint-claim");
    const external = { kind: "resize", external: true } as const;
    const made = [
      opOf(await stub.create(command(external))),
      opOf(await stub.create(command(external))),
    ];
    await failing(stub, "SELECT input", 1);
    const claim = { kinds: ["resize"], max: 10, lease: 30_000 };
    expect(await refused(stub, (object) => object.claim(claim))).toBe(diskError);
    expect(await stub.claim(claim)).toMatchObject(
      made.map(({ id }) => ({ op: { id, status: "running", attempt: 1 } })),
    );
  });

  it("of a removal", async () => {
    const stub = operationsOf("savepoint-remove");
    const idempotency = { key: "k", fingerprint: "f" };
    const { id } = opOf(await stub.create(command({ idempotency, input: "5" }), 1_000));
    const { heal } = await failing(stub, "DELETE FROM idempotency");
    expect(await refused(stub, (object) => object.remove(id))).toBe(diskError);
    expect((await read(stub, id)).status).toBe("succeeded");
    heal();
    expect(await stub.remove(id)).toEqual({ removed: true });
  });
});

describe("an outcome whose write fails", () => {
  /** Has work wait until it may go on, and then do this. */
  function performHeld(then: () => unknown): { readonly goOn: () => void } {
    let isHeld = true;
    perform(async () => {
      while (isHeld) await scheduler.wait(5);
      return then();
    });
    const goOn = () => {
      isHeld = false;
    };
    return { goOn };
  }

  it("is kept and written again, and the operation has run once", async () => {
    const stub = operationsOf("outcome-again");
    const { goOn } = performHeld(() => "kept");
    const { id } = opOf(await stub.create(command()));
    const { count } = await failing(stub, "UPDATE operations", 2);
    goOn();
    await eventually(async () => expect((await read(stub, id)).status).toBe("succeeded"));
    expect(await read(stub, id)).toMatchObject({ attempt: 1, version: 2 });
    expect([count(), (await stub.stats()).attempts]).toEqual([2, 0]);
  });

  it("counts as one of the attempts that the policy allows, and the next is made", async () => {
    const stub = operationsOf("outcome-retry");
    const retry = { maxAttempts: 2, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    const { goOn } = performHeld(() => {
      throw new OperationFailure("simulated", "Failed as requested");
    });
    const { id } = opOf(await stub.create(command({ retry })));
    const { count } = await failing(stub, "UPDATE operations", 1);
    goOn();
    await eventually(() => expect(count()).toBe(1));
    await eventually(async () => {
      await runDurableObjectAlarm(stub);
      expect(await read(stub, id)).toMatchObject({ status: "failed", attempt: 2 });
    });
  });

  it("still ends the operation that is canceled meanwhile", async () => {
    const stub = operationsOf("outcome-cancel");
    const { goOn } = performHeld(() => null);
    const { id } = opOf(await stub.create(command()));
    const { count, heal } = await failing(stub, "UPDATE operations");
    goOn();
    await eventually(() => expect(count()).toBeGreaterThan(0));
    heal();
    opOf(await stub.cancel(id));
    await eventually(async () => expect((await read(stub, id)).status).toBe("succeeded"));
  });

  it("is given up for a failure once its write has failed eight times", async () => {
    const outcomes: Ended[] = [];
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void) => {
      queueMicrotask(act);
    }) as never);
    const ended: Ended = { outcome: { type: "succeeded", result: { mediaType: "a/b", size: 1 } } };
    const attempts = new Attempts({
      object: "object",
      run: async () => ended,
      runHere: () => undefined,
      ended: async (_, __, outcome) => {
        outcomes.push(outcome);
        if (outcomes.length < 12) throw new Error("disk I/O error");
      },
      inputOf: () => "",
      steps: { of: () => [], lastOf: () => undefined },
      traceOf: () => undefined,
      writtenOf: () => 0,
    });
    attempts.start({ id: "a", kind: "echo", attempt: 1 } as Operation, "");
    await eventually(() => expect(attempts.size).toBe(0));
    expect(outcomes.slice(0, 8).every((outcome) => outcome === ended)).toBe(true);
    expect(outcomes.slice(8)).toMatchObject(
      Array.from({ length: 4 }, () => ({ outcome: { type: "failed", retryable: true } })),
    );
  });

  it("is not needed any more once the operation has ended without it", async () => {
    const attempts = new Attempts({
      object: "object",
      run: async () => ({ outcome: { type: "canceled" } }),
      runHere: () => undefined,
      ended: async () => {
        attempts.drop("a");
        throw new Error("disk I/O error");
      },
      inputOf: () => "",
      steps: { of: () => [], lastOf: () => undefined },
      traceOf: () => undefined,
      writtenOf: () => 0,
    });
    attempts.start({ id: "a", kind: "echo", attempt: 1 } as Operation, "");
    await eventually(() => expect(attempts.size).toBe(0));
  });
});

describe("a start of the object after a half-made write", () => {
  it("finds all or nothing of it", async () => {
    const before = operationsOf("savepoint-restart");
    opOf(await before.create(command(), 1_000));
    await failing(before, "INTO idempotency", 1);
    const idempotency = { key: "k", fingerprint: "f" };
    expect(await refused(before, (object) => object.create(command({ idempotency })))).toBe(
      diskError,
    );
    await abortAllDurableObjects();
    const stub = operationsOf("savepoint-restart");
    expect(await stub.findMany([idempotency])).toEqual([undefined]);
    expect(await rows(stub, "operations")).toHaveLength(1);
  });
});
