import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { KindTotals } from "../../src/core/statistics/totals.ts";
import type { Step } from "../../src/core/statistics/trends.ts";
import { migrate } from "../../src/object/storage/migrations.ts";
import { TrendStore } from "../../src/object/trends/trend-store.ts";
import { operationsOf } from "./commands.ts";

const perBlock = 30;
const step: Step = { level: { running: 1, waiting: 0, asking: 0, parked: 0 } };

const histogram = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [n, 100_000]));
const timing = { total: 1, histogram };
const counts = { created: 1, succeeded: 1, failed: 0, canceled: 0, lost: 0 };
const ofKind: KindTotals = { ...counts, start: timing, finish: timing };

/** What has been counted in all of some kinds. */
const totalsOf = (stamp: number, kinds: number, last = stamp) => ({
  stamp,
  kinds: Object.fromEntries(Array.from({ length: kinds }, (_, n) => [`kind-${n}`, ofKind])),
  counts: { last },
});

/** The rows that are written by each statement that changes trends. */
async function inObject(
  name: string,
  test: (store: TrendStore, sql: SqlStorage, rows: () => number[]) => void,
): Promise<void> {
  await runInDurableObject(operationsOf(name), (_, { storage: { sql } }) => {
    migrate(sql);
    const exec = vi.spyOn(sql, "exec");
    const rows = () =>
      exec.mock.calls.flatMap(([query], n) =>
        /^(INSERT|UPDATE)/.test(query) ? [exec.mock.results[n]?.value.rowsWritten] : [],
      );
    test(new TrendStore(sql), sql, rows);
    exec.mockRestore();
  });
}

const sizes = (sql: SqlStorage) =>
  sql
    .exec<{ size: number }>("SELECT length(totals) AS size FROM trends WHERE totals IS NOT NULL")
    .toArray()
    .map(({ size }) => size);

describe("TrendStore", () => {
  it("tells the newer of two totals between which no operation changed", () =>
    inObject("equal", (store) => {
      store.add([[10 * perBlock, step]], totalsOf(7, 1, 1));
      store.add([[11 * perBlock, step]], totalsOf(7, 1, 2));
      expect(store.totals()).toEqual(totalsOf(7, 1, 2));
    }));

  it("keeps large totals in two rows, at a row for each five minutes", () =>
    inObject("large", (store, sql, rows) => {
      for (let n = 0; n < 300; n++) {
        const at = n * perBlock;
        store.add([[at, step]], totalsOf(2 * n, 32));
        store.add([[at + 1, step]], totalsOf(2 * n + 1, 32));
      }
      const written = rows();
      expect(written).toHaveLength(900);
      expect(written.every((one) => one <= 1)).toBe(true);
      expect(sizes(sql)).toHaveLength(2);
      expect(store.totals()).toEqual(totalsOf(599, 32));
      // The newest are damaged.
      sql.exec("UPDATE trends SET totals = '{' WHERE block = 299");
      expect(store.totals()).toEqual(totalsOf(597, 32));
    }));

  it("keeps no more than 4 KB in any other row, which costs nothing", () =>
    inObject("small", (store, sql, rows) => {
      for (let n = 0; n < 300; n++) store.add([[n * perBlock, step]], totalsOf(n, 1));
      expect(rows().reduce((sum, one) => sum + one, 0)).toBe(300);
      expect(sizes(sql)).toHaveLength(288);
      expect(Math.max(...sizes(sql))).toBeLessThanOrEqual(4096);
    }));

  it("writes totals into the newest row of several, or where that is of a later day, into the one before", () =>
    inObject("several", (store, sql) => {
      const rows = () =>
        sql
          .exec("SELECT block, totals ->> '$.stamp' AS stamp FROM trends ORDER BY block")
          .toArray();
      store.add(
        [
          [10 * perBlock, step],
          [11 * perBlock, step],
        ],
        totalsOf(1, 1),
      );
      expect(rows()).toEqual([
        { block: 10, stamp: null },
        { block: 11, stamp: 1 },
      ]);
      // A clock that was a day ahead.
      store.add([[(12 + 288) * perBlock, step]], totalsOf(2, 1));
      store.add(
        [
          [11 * perBlock, step],
          [12 * perBlock, step],
        ],
        totalsOf(3, 1),
      );
      expect(rows()).toEqual([
        { block: 10, stamp: null },
        { block: 11, stamp: 3 },
        { block: 300, stamp: 2 },
      ]);
      expect(store.totals()).toEqual(totalsOf(3, 1));
    }));

  it("tells the latest totals that it finds where older code has saved since", () =>
    inObject("older", (store, sql) => {
      store.add([[10 * perBlock, step]], totalsOf(1, 1));
      store.add([[11 * perBlock, step]], totalsOf(9, 1));
      store.add([[12 * perBlock, step]], totalsOf(10, 1));
      sql.exec("UPDATE trends SET totals = NULL WHERE block = 12");
      sql.exec("UPDATE trends SET changed = 11 WHERE block = 10");
      expect(store.totals()).toEqual(totalsOf(9, 1));
    }));
});
