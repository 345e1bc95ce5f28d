import { describe, expect, it } from "vitest";
import type { Row } from "../../src/dashboard/state/row.ts";
import { noFilter } from "../../src/dashboard/state/row-filter.ts";
import { Rows } from "../../src/dashboard/state/rows.ts";

const idOf = (index: number) => `01m${String(index).padStart(6, "0")}`;

function row(index: number, more: Partial<Row> = {}): Row {
  return {
    id: idOf(index),
    kind: "echo",
    status: "running",
    version: 1,
    attempt: 1,
    labels: [],
    percentComplete: undefined,
    request: undefined,
    message: undefined,
    isCancelRequested: false,
    isAsleep: false,
    createdAt: index,
    startedAt: undefined,
    startAt: undefined,
    finishedAt: undefined,
    expiresAt: undefined,
    ...more,
  };
}

const ended = (index: number, expiresAt: number): Row =>
  row(index, { status: "succeeded", version: 2, finishedAt: index, expiresAt });

const ids = (rows: Rows) => rows.select(noFilter, 0).map(({ id }) => id);

describe("Rows", () => {
  it("are newest first, in whatever order they come", () => {
    const rows = new Rows(100);
    for (const index of [5, 2, 9, 1, 7, 3, 8]) rows.put(row(index), 0);
    expect(ids(rows)).toEqual([9, 8, 7, 5, 3, 2, 1].map(idOf));
  });

  it("keep the greatest version, and say what is news (R1)", () => {
    const rows = new Rows(100);
    expect(rows.put(row(1, { version: 3, percentComplete: 30 }), 0)).toBe(true);
    expect(rows.put(row(1, { version: 2, percentComplete: 20 }), 0)).toBe(false);
    expect(rows.put(row(1, { version: 3, percentComplete: 99 }), 0)).toBe(false);
    expect(rows.get(idOf(1))?.percentComplete).toBe(30);
    expect(rows.put(row(1, { version: 4, percentComplete: 40 }), 0)).toBe(true);
    expect(rows.get(idOf(1))?.percentComplete).toBe(40);
    expect(rows.size).toBe(1);
  });

  it("let go of what has expired, and do not take it back (R2)", () => {
    const rows = new Rows(100);
    rows.put(ended(1, 1_000), 0);
    rows.put(ended(2, 2_000), 0);
    rows.put(row(3), 0);
    expect(rows.expire(999)).toBe(false);
    expect(rows.expire(1_000)).toBe(true);
    expect(ids(rows)).toEqual([idOf(3), idOf(2)]);
    expect(rows.put(ended(1, 1_000), 1_000)).toBe(false);
    expect(ids(rows)).toEqual([idOf(3), idOf(2)]);
  });

  it("take out a running row whose end came late and has expired (R2)", () => {
    const rows = new Rows(100);
    rows.put(row(1), 0);
    expect(rows.put(ended(1, 1_000), 2_000)).toBe(true);
    expect(rows.size).toBe(0);
  });

  it("hold no more than their capacity; the oldest finished make room (R3)", () => {
    const rows = new Rows(3);
    rows.put(row(1), 0);
    rows.put(ended(2, 9_000), 0);
    rows.put(ended(3, 9_000), 0);
    rows.put(row(4), 0);
    expect(ids(rows)).toEqual([4, 3, 1].map(idOf));
    rows.put(row(5), 0);
    rows.put(row(6), 0);
    expect(ids(rows)).toEqual([6, 5, 4].map(idOf));
  });

  it("let go of what is deleted, and do not take it back by an answer on its way (R4)", () => {
    const rows = new Rows(2);
    rows.put(row(1), 0);
    expect(rows.forget(idOf(1))).toBe(true);
    expect(rows.forget(idOf(2))).toBe(false);
    for (const index of [1, 2]) expect(rows.put(row(index, { version: 9 }), 0)).toBe(false);
    expect(rows.size).toBe(0);
    // It remembers as many as it may hold.
    expect(rows.forget(idOf(3))).toBe(false);
    expect([1, 2, 3].map((index) => rows.put(row(index), 0))).toEqual([true, false, false]);
  });

  it("remove finds its row among thousands", () => {
    const rows = new Rows(20_000);
    for (let index = 9_999; index >= 0; index--) rows.put(row(index), 0);
    for (let index = 0; index < 10_000; index += 2) expect(rows.remove(idOf(index))).toBe(true);
    expect(rows.remove(idOf(0))).toBe(false);
    const left = ids(rows);
    expect(left).toHaveLength(5_000);
    expect(left).toEqual(left.toSorted().reverse());
    expect(left.every((id) => Number(id.slice(3)) % 2 === 1)).toBe(true);
  });

  it("counts tell how many there are of each status and kind", () => {
    const rows = new Rows(100);
    rows.put(row(1), 0);
    rows.put(row(2, { kind: "http" }), 0);
    rows.put(ended(3, 9_000), 0);
    const { total, byStatus, byKind } = rows.counts();
    expect(total).toBe(3);
    expect([...byStatus]).toEqual([
      ["running", 2],
      ["succeeded", 1],
    ]);
    expect([...byKind]).toEqual([
      ["echo", 2],
      ["http", 1],
    ]);
  });

  it.each([
    [{ statuses: ["running"] as const }, [4, 2, 1]],
    [{ statuses: ["running", "failed"] as const }, [4, 3, 2, 1]],
    [{ kinds: ["http"] }, [3, 2]],
    [{ kinds: ["http"], statuses: ["running"] as const }, [2]],
    [{ labels: ["customer:42"] }, [4, 1]],
    [{ labels: ["customer:42", "region:eu"] }, [4]],
    [{ labels: ["customer"] }, [4, 2, 1]],
    [{ labels: ["url:http://a:1"] }, [2]],
    [{ labels: ["customer:4"] }, []],
    [{ from: 1, to: 4 }, [3, 2]],
    [{ within: "1h" as const }, [4, 3]],
    [{ search: "000003" }, [3]],
    [{ search: "01m" }, [4, 3, 2, 1]],
    [{}, [4, 3, 2, 1]],
  ])("select %j answers %j", (filter, expected) => {
    const rows = new Rows(100);
    rows.put(row(1, { labels: [["customer", "42"]] }), 0);
    rows.put(
      row(2, {
        kind: "http",
        labels: [
          ["customer", "7"],
          ["url", "http://a:1"],
        ],
      }),
      0,
    );
    rows.put(row(3, { kind: "http", status: "failed" }), 0);
    rows.put(
      row(4, {
        labels: [
          ["customer", "42"],
          ["region", "eu"],
        ],
      }),
      0,
    );
    const select = (order?: "asc") =>
      rows.select({ ...noFilter, ...filter }, 3_600_002, order).map(({ id }) => id);
    expect(select()).toEqual(expected.map(idOf));
    expect(select("asc")).toEqual(expected.map(idOf).reverse());
  });
});
