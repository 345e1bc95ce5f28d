import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nothing, type Tally, total } from "../../src/core/statistics/tally.ts";
import { spreadOf } from "../../src/core/statistics/timing.ts";
import type { Step } from "../../src/core/statistics/trends.ts";
import { saveAfter } from "../../src/object/trends/trend-log.ts";
import { eventually } from "../eventually.ts";
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
    await stub.create(command({ kind: "simulate", input: '{"outcome":"fail"}' }), 60_000);
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
    await eventually(async () => {
      expect(await levels(stub, 6)).toEqual([
        { running: 1, waiting: 1, asking: 0, parked: 0 },
        { running: 1, waiting: 1, asking: 0, parked: 0 },
        { running: 1, waiting: 1, asking: 0, parked: 0 },
        { running: 2, waiting: 0, asking: 0, parked: 0 },
        { running: 2, waiting: 0, asking: 0, parked: 0 },
        { running: 1, waiting: 0, asking: 0, parked: 0 },
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

/** What has been counted in all. */
const totalsOf = async (stub: Stub) => (await stub.measures()).totals?.kinds;

/** The spread of the time to start of echo. */
async function startOf(stub: Stub) {
  const echo = (await totalsOf(stub))?.echo;
  return echo && spreadOf(echo.start);
}

describe("TrendLog counts in all", () => {
  it("each operation of a kind, how it ended, and how long it took to start and to finish", async () => {
    const stub = operationsOf("totals-counts");
    const { op } = (await stub.create(hanging())) as { op: { id: string } };
    const later = (await stub.create(hanging({ startAfter: 60_000 }))) as { op: { id: string } };
    vi.setSystemTime(start + 7_000);
    await stub.cancel(op.id);
    await eventually(async () => {
      expect((await totalsOf(stub))?.simulate?.canceled).toBe(1);
    });
    vi.setSystemTime(start + 62_000);
    await runDurableObjectAlarm(stub);
    await stub.cancel(later.op.id);
    await eventually(async () => {
      expect((await totalsOf(stub))?.simulate).toEqual({
        created: 2,
        succeeded: 0,
        failed: 0,
        canceled: 2,
        lost: 0,
        // At once, and 2 s after the time that it was asked to start at.
        start: { total: 2_000, histogram: { 0: 1, 44: 1 } },
        finish: { total: expect.any(Number), histogram: { 52: 1, 64: 1 } },
      });
    });
    // Vitest's clock goes on a little while something is waited for.
    expect(Math.round(((await totalsOf(stub))?.simulate?.finish.total ?? 0) / 10_000)).toBe(7);
  });

  it("attempts that were lost with their object, and by a worker whose lease ran out", async () => {
    const stub = () => operationsOf("totals-lost");
    await stub().create(hanging());
    await stub().create(command({ kind: "resize", external: true }));
    await stub().claim({ kinds: ["resize"], max: 1, lease: 1_000 });
    await abortAllDurableObjects();
    vi.setSystemTime(start + 2_000);
    await runDurableObjectAlarm(stub());
    const kinds = await totalsOf(stub());
    expect([kinds?.simulate?.lost, kinds?.resize?.lost]).toEqual([1, 1]);
    expect(kinds?.simulate).toMatchObject({ created: 1, failed: 1 });
  });

  it("in the rows that the steps are saved in", async () => {
    const stub = operationsOf("totals-rows");
    await stub.stats();
    const written = await countingTrends(stub);
    await Promise.all(Array.from({ length: 100 }, () => stub.create(command(), 60_000)));
    expect((await totalsOf(stub))?.echo).toMatchObject({ created: 100, succeeded: 100 });
    expect(written()).toBe(1);
    // Nothing has happened since.
    await totalsOf(stub);
    await pass(stub, saveAfter);
    expect(written()).toBe(1);
  });

  it.each([
    ["evicted", evictDurableObject],
    ["killed", abortAllDurableObjects],
  ])("nothing twice, and loses nothing, when the object is %s", async (how, end) => {
    const stub = () => operationsOf(`totals-${how}`);
    for (let life = 1; life <= 4; life++) {
      const waiting = (await stub().create(command({ startAfter: 3_600_000 }))) as {
        op: { id: string };
      };
      if (life % 2 === 0) await pass(stub(), saveAfter);
      vi.setSystemTime(Date.now() + 7_000);
      await stub().create(command(), 1_000);
      await stub().cancel(waiting.op.id);
      // Every other time what is told has not been asked for before the end.
      const before = life > 2 ? await totalsOf(stub()) : undefined;
      await end(stub());
      vi.setSystemTime(Date.now() + 30_000);
      if (before) expect(await totalsOf(stub())).toEqual(before);
    }
    expect((await totalsOf(stub()))?.echo).toMatchObject({
      created: 8,
      succeeded: 4,
      canceled: 4,
    });
    expect(await startOf(stub())).toEqual({ mean: 0, p50: 0, p95: 0, p99: 0 });
  });

  it("what happened while code that counts in steps alone was in its place", async () => {
    const stub = () => operationsOf("totals-older");
    await stub().create(command(), 1_000);
    await totalsOf(stub());
    vi.setSystemTime(Date.now() + 400_000);
    await stub().create(command(), 1_000);
    await pass(stub(), saveAfter);
    // As if code without totals had saved the last of it: in the row of another block.
    await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      sql.exec("UPDATE trends SET totals = NULL WHERE block = (SELECT max(block) FROM trends)");
    });
    await evictDurableObject(stub());
    expect((await totalsOf(stub()))?.echo).toMatchObject({ created: 2, succeeded: 2 });
    expect(await totals(stub())).toMatchObject({ created: 2, succeeded: 2 });
  });

  it("from now on, where there were only steps before", async () => {
    const stub = () => operationsOf("totals-upgraded");
    await stub().create(command(), 1_000);
    await pass(stub(), saveAfter);
    await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      sql.exec("UPDATE trends SET totals = NULL");
    });
    await evictDurableObject(stub());
    vi.setSystemTime(Date.now() + 1_000);
    await stub().create(command(), 1_000);
    expect((await totalsOf(stub()))?.echo).toMatchObject({ created: 1, succeeded: 1 });
    expect(await totals(stub())).toMatchObject({ created: 2, succeeded: 2 });
  });

  it("what it does not know stays, and damage is passed over", async () => {
    const stub = () => operationsOf("totals-newer");
    await stub().create(command(), 1_000);
    await totalsOf(stub());
    await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      sql.exec("UPDATE trends SET totals = json_set(totals, '$.later', 7)");
    });
    await evictDurableObject(stub());
    vi.setSystemTime(Date.now() + 400_000);
    await stub().create(command(), 1_000);
    await totalsOf(stub());
    const last = await runInDurableObject(stub(), (_, { storage: { sql } }) => {
      const rows = sql.exec<{ totals: string }>("SELECT totals FROM trends ORDER BY block DESC");
      const text = rows.toArray()[0]?.totals ?? "";
      sql.exec(
        "UPDATE trends SET totals = 'no JSON' WHERE block = (SELECT max(block) FROM trends)",
      );
      return text;
    });
    expect(JSON.parse(last)).toMatchObject({ later: 7, kinds: { echo: { created: 2 } } });
    await evictDurableObject(stub());
    expect((await totalsOf(stub()))?.echo).toMatchObject({ created: 2 });
  });
});

describe("TrendLog saves", () => {
  it("1,000 operations in one go as one row", async () => {
    const stub = operationsOf("trend-thousand");
    await stub.stats();
    const written = await countingTrends(stub);
    await Promise.all(Array.from({ length: 1_000 }, () => stub.create(command(), 60_000)));
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
      expect(await levels(stub(), 1)).toEqual([{ running: 0, waiting: 4, asking: 0, parked: 0 }]);
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
      { running: 0, waiting: 1, asking: 0, parked: 0 },
      { running: 0, waiting: 1, asking: 0, parked: 0 },
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
