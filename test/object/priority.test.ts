import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { once } from "../../src/core/retry.ts";
import { ReadyIds } from "../../src/object/schedule/ready-ids.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const outside = { kind: "resize", external: true } as const;
const claim = { kinds: ["resize", "print"], max: 100, lease: 60_000 };

async function made(stub: Stub, more: object): Promise<string> {
  const reply = await stub.create(command({ ...outside, ...more }));
  return reply.error ? "" : reply.op.id;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("ReadyIds", () => {
  it("are in the order of priority and then of text, each once, however they come and go", () => {
    const ids = new ReadyIds();
    const all = ["5d", "5b", "9a", "0f", "0c", "5d", "4e"];
    for (const text of all) ids.add(text.slice(1), Number(text[0]));
    ids.delete("c");
    ids.delete("z");
    const left: string[] = [];
    for (let first = ids.first; first; first = ids.first) {
      left.push(`${first.priority}${first.id}`);
      ids.delete(first.id);
    }
    expect(left).toEqual(["0f", "4e", "5b", "5d", "9a"]);
    expect(ids.size).toBe(0);
  });
});

describe("priority", () => {
  it.each([false, true])(
    "orders claims, and then the order of creation; after a restart: %s",
    async (isRestarted) => {
      const before = operationsOf(`claims-${isRestarted}`);
      const usual = await made(before, {});
      const last = await made(before, { priority: 9 });
      const second = await made(before, { priority: 0 });
      const other = await made(before, { priority: 4, kind: "print" });
      const third = await made(before, { priority: 0 });
      const young = await made(before, {});
      if (isRestarted) await abortAllDurableObjects();
      const stub = operationsOf(`claims-${isRestarted}`);
      const order = [second, third, other, usual, young, last];
      const claimed: string[] = [];
      for (let n = 0; n < 6; n++) {
        const [one] = await stub.claim({ ...claim, max: 1 });
        claimed.push(one?.op.id ?? "");
      }
      expect(claimed).toEqual(order);
    },
  );

  it("is known after a restart, with the rest of what a start needs, of all that is under way", async () => {
    const before = operationsOf("standing");
    const later = await made(before, { priority: 0, startAfter: 60_000 });
    const held = await made(before, { priority: 0, retry: { ...once, maxAttempts: 2 } });
    await before.claim({ ...claim, max: 1 });
    const lost = await before.create(hanging({ priority: 9, interruptions: {} }));
    await abortAllDurableObjects();
    const stub = operationsOf("standing");
    expect(await stub.claim(claim)).toEqual([]);
    vi.setSystemTime(Date.now() + 60_000);
    const ids = (await stub.claim(claim)).map(({ op }) => op.id);
    expect(ids.toSorted()).toEqual([later, held].toSorted());
    await runDurableObjectAlarm(stub);
    const read = JSON.parse(await stub.read(lost.error ? "" : lost.op.id));
    expect(read.op).toMatchObject({ status: "running", attempt: 2, priority: 9 });
  });

  it("is a row without marks to older code, which then reads its document, and costs no other row", async () => {
    const stub = operationsOf("older");
    await made(stub, { priority: 0 });
    await made(stub, {});
    const rows = await runInDurableObject(stub, (_, { storage: { sql } }) =>
      sql.exec<{ wake_at: number }>("SELECT wake_at FROM operations ORDER BY id").toArray(),
    );
    expect(rows.map(({ wake_at }) => wake_at < 2 ** 44)).toEqual([true, false]);
    expect(rows.every(({ wake_at }) => Number.isSafeInteger(wake_at))).toBe(true);
  });
});
