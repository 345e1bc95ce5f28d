import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Expiries, type Expiry, held } from "../../src/object/storage/expiries.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";
import { reading } from "./reading.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A map of finished operations, as the store answers it, that counts how often it is looked at. */
function mapOf(entries: Iterable<Expiry>) {
  const map = new Map(entries);
  let loads = 0;
  const load = (limit: number) => {
    loads += 1;
    return [...map].sort(([, a], [, b]) => a - b).slice(0, limit);
  };
  return { map, load, loads: () => loads };
}

describe("Expiries", () => {
  it("tells all that expire and no other, each once, whatever the order they finish in", () => {
    const { map, load } = mapOf([["0", 5]]);
    const expiries = new Expiries(load);
    for (const [id, at] of [
      ["1", 9],
      ["2", 3],
      ["3", 7],
    ] as const) {
      map.set(id, at);
      expiries.add(id, at);
    }
    expect(expiries.next).toBe(3);
    expect(expiries.due(2, 10)).toEqual([]);
    expect(expiries.due(7, 10).sort()).toEqual(["0", "2", "3"]);
    expiries.removed(["0", "2", "3"]);
    expect([expiries.next, expiries.due(8, 10)]).toEqual([9, []]);
    expiries.removed(expiries.due(9, 10));
    expect(expiries.next).toBe(Number.POSITIVE_INFINITY);
  });

  it("looks for the rest again where a look at the map fails", () => {
    const { map, load } = mapOf(Array.from({ length: held + 2 }, (_, n): Expiry => [`${n}`, n]));
    let isBroken = false;
    const expiries = new Expiries((limit) => {
      if (isBroken) throw new Error("disk I/O error");
      return load(limit);
    });
    const first = expiries.due(held, held);
    for (const id of first) map.delete(id);
    expiries.removed(first);
    isBroken = true;
    expect(() => expiries.due(held + 1, held)).toThrow("disk I/O error");
    expect(expiries.next).toBe(held);
    isBroken = false;
    expect(expiries.due(held + 1, held)).toEqual([`${held}`, `${held + 1}`]);
  });

  it("holds a bounded number, and looks at the map once for each `held` that expire", () => {
    const { map, load, loads } = mapOf([]);
    const expiries = new Expiries(load);
    const count = 3 * held;
    let most = 0;
    for (let n = 0; n < count; n++) {
      // In no order of time, each at a time of its own.
      const at = 1 + ((n * 7_919) % count);
      map.set(String(n), at);
      expiries.add(String(n), at);
      most = Math.max(most, expiries.size);
    }
    expect(most).toBeLessThan(2 * held);
    const order: number[] = [];
    while (expiries.next < Number.POSITIVE_INFINITY) {
      const due = expiries.due(expiries.next + 499, 500);
      for (const id of due) {
        order.push(map.get(id) ?? 0);
        map.delete(id);
      }
      expiries.removed(due);
    }
    expect(order).toHaveLength(count);
    expect(map.size).toBe(0);
    expect(order.every((at, n) => Math.abs(at - n) <= 500)).toBe(true);
    expect(loads()).toBeLessThanOrEqual(4);
  });
});

describe("a sweep", () => {
  it("reads what has expired, and nothing of what has not", async () => {
    const stub = operationsOf("sweep-reads");
    const create = (ttl: number) =>
      stub.createMany(Array.from({ length: 100 }, () => command({ ttl })));
    for (const ttl of [86_400_000, 60_000, 3_600_000]) await create(ttl);
    await eventually(async () => {
      expect((await stub.stats()).operations).toMatchObject([{ status: "succeeded", count: 300 }]);
    });
    const read = await reading(stub);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    const { rows } = await read();
    expect(rows).toBeGreaterThanOrEqual(100);
    expect(rows).toBeLessThanOrEqual(400);
    expect((await stub.stats()).operations).toMatchObject([{ count: 200 }]);
    await read();
    await runDurableObjectAlarm(stub);
    expect((await read()).rows).toBe(0);
  });

  it("comes at most once a minute, however soon what finishes expires", async () => {
    const stub = operationsOf("sweep-often");
    const start = Date.now();
    vi.setSystemTime(start);
    await stub.createMany(Array.from({ length: 100 }, () => command()));
    const count = () =>
      runInDurableObject(stub, (_, { storage: { sql } }) =>
        Number(sql.exec<{ n: number }>("SELECT count(*) AS n FROM operations").one().n),
      );
    const sweeps: number[] = [];
    let before = await count();
    for (let second = 2; second <= 160; second += 2) {
      vi.setSystemTime(start + second * 1_000);
      const made = await stub.create(command({ ttl: 1 }), 1_000);
      expect(made.error).toBeUndefined();
      await runDurableObjectAlarm(stub);
      const now = await count();
      if (now <= before) sweeps.push(second);
      before = now;
      // Readers do not wait for it.
      vi.setSystemTime(start + second * 1_000 + 1);
      expect((await stub.stats()).operations).toMatchObject([{ count: 100 }]);
    }
    expect(sweeps.length).toBeGreaterThanOrEqual(2);
    expect(sweeps.length).toBeLessThanOrEqual(4);
  });
});
