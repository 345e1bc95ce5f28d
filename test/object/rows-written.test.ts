import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DocumentWrite } from "../../src/core/document.ts";
import { idAt } from "../../src/core/id.ts";
import { isTerminal } from "../../src/core/operation/operation.ts";
import { echo } from "../../src/kinds/echo.ts";
import { OperationFailure } from "../../src/kinds/kind.ts";
import { migrate } from "../../src/object/storage/migrations.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";

/**
 * What is billed as rows written: those of SQL, and one for each alarm that is set. Those of trends
 * belong to no operation but to its time, and trend-log.test.ts counts them.
 */
interface Written {
  rows: number;
  alarms: number;
}

/** @param ofSteps is filled with what is asked of the steps */
async function counting(
  stub: ReturnType<typeof operationsOf>,
  ofSteps: { readonly rowsRead: number }[] = [],
): Promise<() => Promise<Written>> {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  let alarms = 0;
  await runInDurableObject(stub, (_, { storage }) => {
    const { sql } = storage;
    // The first insert into a map makes its tables, once; no operation is charged for them.
    migrate(sql);
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      if (!query.includes("INTO trends")) cursors.push(cursor);
      if (query.includes("FROM steps")) ofSteps.push(cursor);
      return cursor as never;
    });
    const setAlarm = storage.setAlarm.bind(storage);
    vi.spyOn(storage, "setAlarm").mockImplementation((time) => {
      alarms += 1;
      return setAlarm(time);
    });
  });
  return () =>
    runInDurableObject(stub, () => ({
      rows: cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
      alarms,
    }));
}

describe("rows written by operations over their whole lives", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("a bulk operation that deletes costs a row for two, beside what they cost", async () => {
    const stub = operationsOf("rows-bulk");
    const made = await stub.createMany(Array.from({ length: 100 }, () => command()));
    const ids = made.flatMap((reply) => (reply.error ? [] : reply.op.id));
    await eventually(async () => {
      const replies = await stub.readMany(ids);
      expect(replies.every((reply) => !reply.error && isTerminal(reply.op))).toBe(true);
    });
    const written = await counting(stub);
    await stub.remove(ids[0] ?? "");
    const { rows: alone } = await written();
    const query = { statuses: [], kinds: ["echo"], labels: [] };
    const order = { id: idAt(Date.now() + 60_000), action: "delete", query } as const;
    const page = await stub.bulk({ ...order, until: Date.now() + 60_000 });
    expect(page.state).toMatchObject({ done: 99, isOver: true });
    const { rows } = await written();
    expect(rows - alone).toBe(99 * alone + Math.ceil(99 / 2));
  });

  it("one alone costs 5: insert, finish, delete, and two alarms", async () => {
    const stub = operationsOf("rows-alone");
    await stub.stats();
    const written = await counting(stub);

    const reply = await stub.create(command({ ttl: 60_000 }), 1_000);
    expect(reply.error).toBeUndefined();
    expect(await written()).toEqual({ rows: 2, alarms: 1 });

    // The heartbeat of the attempt, which has long ended: the alarm moves on to the expiry.
    await runDurableObjectAlarm(stub);
    expect(await written()).toEqual({ rows: 2, alarms: 2 });

    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect(await written()).toEqual({ rows: 3, alarms: 2 });
    expect(
      (await stub.list({ statuses: [], kinds: [], labels: [], order: "asc", limit: 1 })).items,
    ).toEqual([]);
  });

  it("100 together cost 3 each, and share the two alarms", async () => {
    const stub = operationsOf("rows-together");
    await stub.stats();
    const written = await counting(stub);
    await Promise.all(
      Array.from({ length: 100 }, () => stub.create(command({ ttl: 60_000 }), 1_000)),
    );
    await runDurableObjectAlarm(stub);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect(await written()).toEqual({ rows: 300, alarms: 2 });
  });

  it("a webhook costs three more where the first try is good: its delivery, that try, and its delete", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null));
    const stub = operationsOf("rows-webhook");
    await stub.stats();
    const written = await counting(stub);
    const webhook = { url: "https://hook.test/", origin: "https://edge.test" };
    const reply = await stub.create(command({ webhook, ttl: 60_000 }), 1_000);
    const id = reply.error ? "" : reply.op.id;
    await eventually(async () => {
      expect(await stub.deliveries(id)).toMatchObject({ deliveries: [{ state: "delivered" }] });
    });
    await runDurableObjectAlarm(stub);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect(await written()).toEqual({ rows: 6, alarms: 2 });
  });

  it.each([
    [8 * 1024, 4],
    [8 * 1024 + 1, 8],
    [64 * 1024, 8],
    [256 * 1024 + 1, 12],
  ])(
    "an input and a result of %i bytes each cost %i with their operation and its DELETE",
    async (size, rows) => {
      const stub = operationsOf(`rows-payload-${size}`);
      await stub.stats();
      const written = await counting(stub);
      const input = `"${"x".repeat(size - 2)}"`;
      const reply = await stub.create(command({ input }), 60_000);
      await stub.remove(reply.error ? "" : reply.op.id);
      expect((await written()).rows).toBe(rows);
    },
  );

  it("a trace costs nothing, and one alone costs what it cost", async () => {
    const stub = operationsOf("rows-trace");
    await stub.stats();
    const written = await counting(stub);
    const trace = { parent: `00-${"ab".repeat(16)}-${"cd".repeat(8)}-01`, state: "a=1" };
    await stub.create(command({ trace }), 1_000);
    expect((await written()).rows).toBe(2);
  });

  it("a DELETE costs one more than an expiry: watchers that resume are told of it", async () => {
    const stub = operationsOf("rows-deleted");
    await stub.stats();
    const written = await counting(stub);
    const reply = await stub.create(command(), 1_000);
    expect((await written()).rows).toBe(2);
    await stub.remove(reply.error ? "" : reply.op.id);
    expect((await written()).rows).toBe(4);
  });

  it("an idempotency key costs two more: its insert and its delete", async () => {
    const stub = operationsOf("rows-keyed");
    await stub.stats();
    const written = await counting(stub);
    const idempotency = { key: "k", fingerprint: "f" };
    const reply = await stub.create(command({ idempotency }), 1_000);
    await stub.remove(reply.error ? "" : reply.op.id);
    expect((await written()).rows).toBe(6);
  });

  it("output costs one to say that there is some, one for each time it is stored, and one for each 16 KiB to delete", async () => {
    const stub = operationsOf("rows-output");
    await stub.stats();
    const written = await counting(stub);
    const made = await stub.create(command({ kind: "resize", external: true }));
    const id = made.error ? "" : made.op.id;
    await stub.claim({ kinds: ["resize"], max: 1, lease: 30_000 });
    const before = (await written()).rows;
    // A minute of a model's 50 tokens a second, 4 characters each, stored each 250 ms.
    for (let i = 0; i < 240; i++) {
      const bytes = new Uint8Array(50).fill(120);
      await stub.writeOutput(id, { attempt: 1, isExternal: true, bytes });
    }
    expect((await written()).rows - before).toBe(241);
    await stub.end(id, { attempt: 1, result: "1", size: 1 });
    const ended = (await written()).rows;
    await stub.remove(id);
    // The operation, its deletion for watchers, and one of its output.
    expect((await written()).rows - ended).toBe(3);
  });

  it("external work costs 4 rows: insert, claim, complete, delete; a kept lease one more each time", async () => {
    const stub = operationsOf("rows-external");
    await stub.stats();
    const written = await counting(stub);
    const resize = { kind: "resize", external: true, ttl: 60_000 } as const;
    const result = { result: "1", size: 1 };
    const claim = { kinds: ["resize"], max: 1, lease: 30_000 };
    const made = await stub.create(command(resize));
    const id = made.error ? "" : made.op.id;
    expect(await written()).toEqual({ rows: 1, alarms: 1 });
    expect(await stub.claim(claim)).toHaveLength(1);
    expect(await stub.claim(claim)).toHaveLength(0);
    expect(await written()).toEqual({ rows: 2, alarms: 2 });
    await stub.end(id, { attempt: 1, ...result });
    await stub.end(id, { attempt: 1, ...result });
    expect(await written()).toEqual({ rows: 3, alarms: 2 });
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect((await written()).rows).toBe(4);

    await stub.create(command(resize));
    const [held] = await stub.claim(claim);
    const before = (await written()).rows;
    vi.setSystemTime(Date.now() + 10_000);
    await stub.report(held?.op.id ?? "", { attempt: 1, lease: 30_000 });
    expect((await written()).rows).toBe(before + 1);
  });

  it("an operation of n steps costs n rows more, and n when it goes", async () => {
    vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
      for (const name of ["a", "b", "c"]) await op.step(name, () => name);
    });
    const stub = operationsOf("rows-steps");
    await stub.stats();
    const written = await counting(stub);
    const reply = await stub.create(command({ ttl: 60_000 }), 10_000);
    expect(reply.error ?? reply.op.status).toBe("succeeded");
    expect((await written()).rows).toBe(2 + 3);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect((await written()).rows).toBe(2 + 3 + 1 + 3);
  });

  it("a rerun that keeps n steps costs n rows more, and one to start, and none of those it does not make", async () => {
    let isBroken = true;
    vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
      for (const name of ["a", "b", "c"]) await op.step(name, () => name);
      if (isBroken) throw new OperationFailure("broken", "It broke", { retryable: false });
      await op.step("d", () => "d");
    });
    const stub = operationsOf("rows-kept");
    const first = await stub.create(command(), 10_000);
    isBroken = false;
    const written = await counting(stub);
    const id = first.error ? "" : first.op.id;
    const again = await stub.createKept(command(), id, undefined, 10_000);
    expect(again.error ?? again.op.status).toBe("succeeded");
    expect((await written()).rows).toBe(2 + 1 + 3 + 1);
  });

  it("undoing n steps costs n rows more, and one to begin; where there are none to undo, a failure costs what it did", async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const ways = { none: 0, plain: 0, undoable: 3 };
    for (const [way, undone] of Object.entries(ways)) {
      vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
        const options = way === "undoable" ? { compensate: () => {} } : {};
        if (way !== "none")
          for (const name of ["a", "b", "c"]) await op.step(name, () => name, options);
        throw new OperationFailure("broken", "It broke", { retryable: false });
      });
      const stub = operationsOf(`rows-undo-${way}`);
      await stub.stats();
      const ofSteps: { readonly rowsRead: number }[] = [];
      const written = await counting(stub, ofSteps);
      const reply = await stub.create(command({ ttl: 60_000 }), 10_000);
      expect(reply.error ?? reply.op.status).toBe("failed");
      if (way === "none") {
        const read = await runInDurableObject(stub, () => ofSteps.map(({ rowsRead }) => rowsRead));
        expect(read).toEqual([0]);
      }
      const steps = way === "none" ? 0 : 3;
      const begins = undone > 0 ? 1 : 0;
      expect((await written()).rows, way).toBe(2 + steps + begins + undone);
    }
  });

  it("work that logs costs one row more a message, its delete, and once a mark if it logs before its end", async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    const stub = operationsOf("rows-logged");
    await stub.stats();
    const written = await counting(stub);
    const lines = (message: string) => [{ at: 1, level: "info" as const, message }];
    vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
      op.log.info("one");
      op.log.info("two");
      return 1;
    });
    const quick = await stub.create(command(), 1_000);
    expect((await written()).rows).toBe(3);
    await stub.remove(quick.error ? "" : quick.op.id);
    // With the row of the deletion, as above.
    expect((await written()).rows).toBe(6);

    const hang = await stub.create(command({ kind: "simulate", input: '{"outcome":"hang"}' }));
    const id = hang.error ? "" : hang.op.id;
    await stub.logged(id, 1, lines("one"));
    expect((await written()).rows).toBe(9);
    await stub.logged(id, 1, lines("two"));
    expect((await written()).rows).toBe(10);
  });

  it("a retry costs two rows, as it did before there was a history, and one more where it had reported", async () => {
    const stub = operationsOf("rows-retried");
    await stub.stats();
    const written = await counting(stub);
    const retry = { maxAttempts: 2, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };
    const fail = (steps: number) =>
      command({ kind: "simulate", retry, input: JSON.stringify({ outcome: "fail", steps }) });
    const ends = async (steps: number) => {
      const before = (await written()).rows;
      const made = await stub.create(fail(steps));
      await eventually(async () => {
        await runDurableObjectAlarm(stub);
        const reply = await stub.read(made.error ? "" : made.op.id);
        expect(JSON.parse(reply).op.status).toBe("failed");
      });
      return (await written()).rows - before;
    };
    expect(await ends(0)).toBe(4);
    expect(await ends(1)).toBe(4 + 2 + 1);
  });

  it("the write of a document costs one row more than its operation", async () => {
    const stub = operationsOf("rows-document");
    await stub.stats();
    const written = await counting(stub);
    const key = { storage: "services", id: "a" };
    const writes: DocumentWrite[] = [
      { ...key, verb: "create", document: '{"id":"a"}' },
      { ...key, verb: "update", document: '{"id":"a"}' },
      { ...key, verb: "delete", result: "{}" },
    ];
    for (const [index, write] of writes.entries()) {
      const input = JSON.stringify(write);
      const made = await stub.createWrite(command({ kind: "document", input }), write, 1_000);
      expect(made.error ?? made.op.status).toBe("succeeded");
      expect(await written()).toEqual({ rows: 3 * (index + 1), alarms: 1 });
    }
  });
});
