import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { idAt } from "../../src/core/id.ts";
import { command, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const tables = ["steps", "attempts", "output", "bulk"];
/** What is older than anything in the map, and belongs to nothing. */
const gone = Array.from({ length: 30 }, (_, n) => idAt(1_000 + n).padEnd(30, "0"));

const counts = (stub: Stub) =>
  runInDurableObject(stub, (_, { storage: { sql } }) =>
    tables.map((name) => sql.exec(`SELECT count(*) AS n FROM ${name}`).one().n),
  );

/** leave puts rows beside operations that are not there. */
const leave = (stub: Stub, ids: readonly string[], until: number) =>
  runInDurableObject(stub, (_, { storage: { sql } }) => {
    for (const id of ids) {
      sql.exec("INSERT INTO steps (id, name, seq, size, doc) VALUES (?, 'a', 1, 1, '{}')", id);
      sql.exec("INSERT INTO attempts (id, attempt, doc) VALUES (?, 1, '{}')", id);
      sql.exec("INSERT INTO output (id, offset, attempt, body) VALUES (?, 0, 1, x'00')", id);
      sql.exec("INSERT INTO bulk (id, until, doc) VALUES (?, ?, '{}')", id, until);
    }
  });

/** expire makes an operation, and lets it expire and be swept. */
async function expire(stub: Stub): Promise<void> {
  await stub.create(command({ ttl: 1_000 }), 1_000);
  vi.setSystemTime(Date.now() + 120_000);
  await runDurableObjectAlarm(stub);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("what older code has left beside operations that it removed", () => {
  it("goes with what expires, some of it at once", async () => {
    const stub = operationsOf("gone");
    await expire(stub);
    await leave(stub, gone, Date.now());
    expect(await counts(stub)).toEqual([30, 30, 30, 30]);
    await expire(stub);
    expect(await counts(stub)).toEqual([10, 10, 10, 0]);
    await expire(stub);
    expect(await counts(stub)).toEqual([0, 0, 0, 0]);
  });

  it("is told from what belongs to an operation, or to a bulk operation that goes on", async () => {
    const stub = operationsOf("kept");
    const reply = await stub.create(command({ kind: "resize", external: true, deadline: 1e9 }));
    const id = reply.error ? "" : reply.op.id;
    await leave(stub, [id], Date.now() + 3_600_000);
    await leave(stub, gone.slice(0, 3), Date.now() + 3_600_000);
    await expire(stub);
    expect(await counts(stub)).toEqual([1, 1, 1, 4]);
  });

  it("holds up nothing where it cannot be removed", async () => {
    const stub = operationsOf("broken");
    const reply = await stub.create(command({ ttl: 1_000 }), 1_000);
    await runInDurableObject(stub, (_, { storage: { sql } }) => sql.exec("DROP TABLE attempts"));
    await expire(stub);
    expect(reply.error).toBeUndefined();
    await runInDurableObject(stub, (_, { storage: { sql } }) => {
      expect(sql.exec("SELECT id FROM operations").toArray()).toEqual([]);
    });
  });
});
