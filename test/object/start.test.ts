import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { stampAt } from "../../src/object/storage/stamp.ts";
import { stampedById } from "../../src/object/storage/standing.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";
import { reading } from "./reading.ts";

const outside = { kind: "resize", external: true } as const;
const claim = { kinds: ["resize"], max: 100, lease: 60_000 };
const large = JSON.stringify("m".repeat(8_000));

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What older code writes: the bare time. */
async function withoutMarks(stub: ReturnType<typeof operationsOf>): Promise<void> {
  await runInDurableObject(stub, (_, { storage: { sql } }) => {
    sql.exec(`UPDATE operations SET wake_at = wake_at % ${2 ** 44}`);
  });
}

describe("a start of the object", () => {
  it.each(["pending", "pending with a priority", "finished"])(
    "reads of what is %s no more where its metadata is large",
    async (state) => {
      const sizes: number[] = [];
      for (const metadata of ["1", large]) {
        const name = `start-${state}-${metadata.length}`;
        const before = operationsOf(name);
        const isOrdered = state === "pending with a priority";
        const more = { ...(state !== "finished" && outside), ...(isOrdered && { priority: 2 }) };
        await before.createMany(
          Array.from({ length: 100 }, () => command({ ...more, metadata, input: metadata })),
        );
        await eventually(async () => {
          const { operations } = await before.stats();
          expect(operations[0]?.status).toBe(state === "finished" ? "succeeded" : "pending");
        });
        // What has not been counted yet is read for the trends, whatever the start needs.
        vi.setSystemTime(Date.now() + 20_000);
        await before.create(command({ kind: "other", external: true }));
        await abortAllDurableObjects();
        const stub = operationsOf(name);
        const read = await reading(stub);
        await stub.create(command({ kind: "other", external: true }));
        sizes.push((await read()).size);
      }
      expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) + 1_000);
    },
  );

  it("looks for the stamp of none that is as it was created, with a priority or without", async () => {
    const stub = operationsOf("start-stamped");
    const all = [{}, { priority: 0 }, { priority: 9, startAfter: 60_000 }, { priority: 4 }];
    await stub.createMany(all.map((more) => command({ ...outside, ...more })));
    const looked = () =>
      runInDurableObject(stub, (_, { storage: { sql } }) =>
        sql
          .exec(`SELECT doc ->> '$.priority' AS it FROM operations WHERE NOT ${stampedById}`)
          .toArray()
          .map(({ it: priority }) => priority),
      );
    expect(await looked()).toEqual([]);
    await stub.claim({ ...claim, max: 1 });
    expect(await looked()).toEqual([0]);
  });

  it.each(["as this code wrote it", "as older code wrote it"])(
    "finds what could start, is under way, and starts later, %s",
    async (written) => {
      const name = `start-places-${written.length}`;
      const before = operationsOf(name);
      await before.create(command(outside));
      await before.create(command(outside));
      await before.create(command({ ...outside, startAfter: 3_600_000 }));
      await before.create(command({ ...outside, kind: "other" }));
      expect(await before.claim({ ...claim, max: 1 })).toHaveLength(1);
      if (written.startsWith("as older")) await withoutMarks(before);
      await abortAllDurableObjects();
      const stub = operationsOf(name);
      expect(await stub.claim(claim)).toHaveLength(1);
      expect(await stub.claim(claim)).toHaveLength(0);
      vi.setSystemTime(Date.now() + 3_600_000);
      expect(await stub.claim(claim)).toHaveLength(1);
    },
  );

  it("believes what older code has written over a mark", async () => {
    const before = operationsOf("start-older");
    const made = await before.create(command(outside));
    const id = made.error ? "" : made.op.id;
    await runInDurableObject(before, (_, { storage: { sql } }) => {
      const { doc } = sql.exec<{ doc: string }>("SELECT doc FROM operations").one();
      const op = { ...JSON.parse(doc), startAt: Date.now() + 60_000 };
      sql.exec("UPDATE operations SET wake_at = ?, doc = ?", op.startAt, JSON.stringify(op));
    });
    await abortAllDurableObjects();
    const stub = operationsOf("start-older");
    expect(await stub.claim(claim)).toHaveLength(0);
    vi.setSystemTime(Date.now() + 60_000);
    expect(await stub.claim(claim)).toMatchObject([{ op: { id } }]);
  });

  it("takes up an attempt that is lost", async () => {
    const before = operationsOf("start-lost");
    const made = await before.create(hanging());
    const id = made.error ? "" : made.op.id;
    await abortAllDurableObjects();
    const stub = operationsOf("start-lost");
    await runDurableObjectAlarm(stub);
    expect(JSON.parse(await stub.read(id))).toMatchObject({ op: { status: "failed" } });
  });

  it.each([0, -3_600_000])(
    "gives stamps after all before it, with a clock that stands %i ms off",
    async (off) => {
      const before = operationsOf(`start-stamps-${off}`);
      const now = Date.now();
      vi.setSystemTime(now);
      for (let i = 0; i < 3; i++) await before.create(command(outside));
      await before.claim({ ...claim, max: 1 });
      await abortAllDurableObjects();
      vi.setSystemTime(now + off);
      const stub = operationsOf(`start-stamps-${off}`);
      for (let i = 0; i < 3; i++) await stub.create(command(outside));
      await abortAllDurableObjects();
      const again = operationsOf(`start-stamps-${off}`);
      await again.create(command(outside));
      const stamps = await runInDurableObject(again, (_, { storage: { sql } }) =>
        sql
          .exec<{ changed: number }>("SELECT changed FROM operations ORDER BY id")
          .toArray()
          .map(({ changed }) => changed),
      );
      const [claimed = 0, ...others] = stamps;
      expect(others).toEqual([...others].sort((a, b) => a - b));
      expect(new Set(stamps).size).toBe(7);
      expect(others[2]).toBeGreaterThan(claimed);
      expect(others[5]).toBeLessThan(stampAt(now + 60_000));
    },
  );
});
