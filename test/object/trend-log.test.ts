import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nothing, type Tally, total } from "../../src/core/statistics/tally.ts";
import type { Step } from "../../src/core/statistics/trends.ts";
import { saveAfter } from "../../src/object/trends/trend-log.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

/** The beginning of a block of five minutes, well inside it. */
const start = Date.parse("2030-01-02T03:01:00.000Z");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Lets time pass, and something else be written then. */
async function pass(stub: Stub, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await stub.cancel("none");
}

/** How many rows of trends were written since: each statement tells its own. */
async function countingTrends(stub: Stub): Promise<() => number> {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  await runInDurableObject(stub, (_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      if (query.includes("INTO trends")) cursors.push(cursor);
      return cursor as never;
    });
  });
  return () => cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
}

async function rowCount(stub: Stub): Promise<number> {
  return runInDurableObject(
    stub,
    (_, { storage: { sql } }) =>
      sql.exec<{ n: number }>("SELECT count(*) AS n FROM trends").one().n,
  );
}

const totalOf = (steps: readonly Step[]): Tally =>
  steps.map(({ tally }) => tally ?? nothing).reduce(total, nothing);

/** What both ranges say happened, which must be the same where all of it was in the last 15 min. */
async function totals(stub: Stub): Promise<Tally> {
  const [fine, coarse] = [
    totalOf(await stub.trends("15m", Date.now())),
    totalOf(await stub.trends("24h", Date.now())),
  ];
  expect(coarse).toEqual(fine);
  return fine;
}

const tallies = async (stub: Stub) =>
  (await stub.trends("15m", Date.now())).map(({ tally }) => tally);

const levels = async (stub: Stub, last: number) =>
  (await stub.trends("15m", Date.now())).slice(-last).map(({ level }) => level);

describe("TrendLog counts", () => {
  it("each operation made and ended, by kind and outcome, in its step", async () => {
    const stub = operationsOf("trend-counts");
    await stub.create(command(), 1_000);
    await stub.create(command({ kind: "simulate", input: '{"outcome":"fail"}' }), 1_000);
    vi.setSystemTime(start + 10_000);
    const { op } = (await stub.create(command({ startAfter: 60_000 }))) as { op: { id: string } };
    vi.setSystemTime(start + 25_000);
    await stub.cancel(op.id);
    // What has ended does not end again.
    await stub.cancel(op.id);

    const steps = await stub.trends("15m", Date.now());
    expect(steps).toHaveLength(90);
    const [first, second, third] = steps.slice(-3).map(({ tally }) => tally);
    expect(first).toMatchObject({ created: 2, succeeded: 1, failed: 1, canceled: 0 });
    expect(Object.keys(first?.kinds ?? {}).sort()).toEqual(["echo", "simulate"]);
    expect(second).toMatchObject({ created: 1, succeeded: 0, kinds: {} });
    // It took 15 s, of which the bucket ends a little later.
    expect(third).toMatchObject({ created: 0, canceled: 1, kinds: { echo: { 56: 1 } } });
    expect(await totals(stub)).toMatchObject({ created: 3, succeeded: 1, failed: 1, canceled: 1 });
  });

  it("how many are under way and wait, at the end of each step", async () => {
    const stub = operationsOf("trend-levels");
    expect(await levels(stub, 90)).toEqual(Array.from({ length: 90 }, () => undefined));
    await stub.create(hanging());
    const { op } = (await stub.create(hanging({ startAfter: 30_000 }))) as { op: { id: string } };
    vi.setSystemTime(start + 30_000);
    await runDurableObjectAlarm(stub);
    vi.setSystemTime(start + 50_000);
    await stub.cancel(op.id);
    await vi.waitFor(async () => {
      expect(await levels(stub, 6)).toEqual([
        { running: 1, waiting: 1 },
        { running: 1, waiting: 1 },
        { running: 1, waiting: 1 },
        { running: 2, waiting: 0 },
        { running: 2, waiting: 0 },
        { running: 1, waiting: 0 },
      ]);
    });
  });

  it("requests by route where a Worker says they came, and no further back than they can be late", async () => {
    const stub = operationsOf("trend-requests");
    await stub.count({}, [
      { at: start - 20_000, counts: { "/a": 2 } },
      { at: start, counts: { "/a": 1, "/b": 3 } },
      { at: start + 3_600_000, counts: { "/b": 1 } },
      { at: 0, counts: { "/c": 1 } },
    ]);
    await stub.count({}, [{ at: start, counts: { "/a": 1 } }]);
    const steps = await stub.trends("15m", start);
    const found = steps.flatMap(({ tally }, index) =>
      tally ? [[index - steps.length + 1, tally.requests]] : [],
    );
    expect(found).toEqual([
      [-30, { "/c": 1 }],
      [-2, { "/a": 2 }],
      [0, { "/a": 2, "/b": 4 }],
    ]);
  });
});

describe("TrendLog saves", () => {
  it("1,000 operations in one go as one row", async () => {
    const stub = operationsOf("trend-thousand");
    await stub.stats();
    const written = await countingTrends(stub);
    await Promise.all(Array.from({ length: 1_000 }, () => stub.create(command(), 1_000)));
    expect(written()).toBe(0);
    await pass(stub, saveAfter);
    expect(written()).toBe(1);
    expect(await totals(stub)).toMatchObject({ created: 1_000, succeeded: 1_000 });
  });

  it("a row for each 10 s in which something happened, and none for those in which nothing did", async () => {
    const stub = operationsOf("trend-paced");
    await stub.stats();
    const written = await countingTrends(stub);
    for (let second = 0; second < 60; second++) {
      vi.setSystemTime(start + second * 1_000);
      await stub.create(command(), 1_000);
    }
    await pass(stub, saveAfter);
    expect(written()).toBe(6);
    for (let n = 0; n < 10; n++) await pass(stub, 60_000);
    expect(written()).toBe(6);
    expect(await totals(stub)).toMatchObject({ created: 60, succeeded: 60 });
  });

  it("with what a Worker hands in, as one row for both", async () => {
    const stub = operationsOf("trend-handed-in");
    await stub.stats();
    const written = await countingTrends(stub);
    await stub.create(command(), 1_000);
    await stub.count({}, [{ at: start, counts: { "/a": 1 } }]);
    expect(written()).toBe(1);
    await pass(stub, saveAfter);
    expect(written()).toBe(1);
  });

  it("what one operation alone did, in the write that moves its alarm on", async () => {
    const stub = operationsOf("trend-alone");
    await stub.stats();
    const written = await countingTrends(stub);
    await stub.create(command(), 1_000);
    vi.setSystemTime(start + 10_000);
    await runDurableObjectAlarm(stub);
    expect(written()).toBe(1);
    await evictDurableObject(stub);
    expect(await totals(stub)).toMatchObject({ created: 1, succeeded: 1 });
  });

  it.each([
    ["evicted", evictDurableObject],
    ["killed", abortAllDurableObjects],
  ])(
    "nothing twice, and loses nothing, when the object is %s before or after",
    async (how, end) => {
      const stub = () => operationsOf(`trend-${how}`);
      const later = command({ startAfter: 3_600_000 });
      for (let life = 0; life < 4; life++) {
        await stub().create(later);
        vi.setSystemTime(Date.now() + 1);
        const { op } = (await stub().create(later)) as { op: { id: string } };
        if (life % 2 === 0) await pass(stub(), saveAfter);
        vi.setSystemTime(Date.now() + 7_000);
        await stub().cancel(op.id);
        const before = await tallies(stub());
        await end(stub());
        vi.setSystemTime(Date.now() + 30_000);
        const known = (await tallies(stub())).slice(0, -3);
        expect(known).toEqual(before.slice(3));
      }
      expect(await totals(stub())).toMatchObject({ created: 8, canceled: 4 });
      expect(await levels(stub(), 1)).toEqual([{ running: 0, waiting: 4 }]);
    },
  );

  it("what is about to expire", async () => {
    const stub = operationsOf("trend-expired");
    await stub.create(command({ ttl: 60_000 }), 1_000);
    await evictDurableObject(stub);
    vi.setSystemTime(start + 70_000);
    await runDurableObjectAlarm(stub);
    expect((await stub.stats()).operations).toEqual([]);
    await evictDurableObject(stub);
    expect(await totals(stub)).toMatchObject({ created: 1, succeeded: 1 });
  });

  it("nothing of an operation that cannot be read", async () => {
    const stub = operationsOf("trend-broken");
    await stub.create(command(), 1_000);
    await runInDurableObject(stub, (_, { storage: { sql } }) => {
      sql.exec("UPDATE operations SET doc = 'not JSON'");
    });
    await evictDurableObject(stub);
    await stub.create(command(), 1_000);
    expect(await totals(stub)).toMatchObject({ created: 1, succeeded: 1 });
  });

  it("nothing for a level that is as it was when the object went to sleep", async () => {
    const stub = operationsOf("trend-same");
    await stub.create(command({ startAfter: 3_600_000 }));
    await pass(stub, saveAfter);
    await evictDurableObject(stub);
    vi.setSystemTime(start + 600_000);
    const written = await countingTrends(stub);
    await stub.claim({ kinds: ["resize"], max: 1, lease: 1_000 });
    await pass(stub, saveAfter);
    expect(written()).toBe(0);
    expect(await levels(stub, 2)).toEqual([
      { running: 0, waiting: 1 },
      { running: 0, waiting: 1 },
    ]);
  });

  it("at most 288 rows, the oldest written over", async () => {
    const stub = operationsOf("trend-ring");
    for (let block = 0; block < 300; block++) {
      vi.setSystemTime(start + block * 300_000);
      await stub.count({}, [{ at: Date.now(), counts: { "/a": 1 } }]);
    }
    expect(await rowCount(stub)).toBe(288);
    const day = await stub.trends("24h", Date.now());
    expect(day.map(({ tally }) => tally?.requests["/a"])).toEqual(
      Array.from({ length: 288 }, () => 1),
    );
    const quarter = await stub.trends("15m", Date.now());
    expect(totalOf(quarter).requests["/a"]).toBe(3);
  });

  it("nothing over what is newer, when the clock has gone back by a day", async () => {
    const stub = operationsOf("trend-clock");
    await stub.count({}, [{ at: start, counts: { "/a": 1 } }]);
    vi.setSystemTime(start - 86_400_000);
    await stub.count({}, [{ at: Date.now(), counts: { "/b": 1 } }]);
    vi.setSystemTime(start);
    expect((await totals(stub)).requests).toEqual({ "/a": 1 });
  });
});
