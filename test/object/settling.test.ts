import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import {
  decode,
  decodePage,
  type Reply,
  type Snapshot,
  type StoredPage,
} from "../../src/core/reply.ts";
import { Store } from "../../src/object/storage/store.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const all = { statuses: [], kinds: [], labels: [], order: "asc", limit: 3 } as const;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

/** Many operations of which the deadline comes at one moment, after which the clock stands. */
async function overdue(stub: Stub, count: number): Promise<string[]> {
  const external = { kind: "resize", external: true, deadline: 5_000 } as const;
  const made = await stub.createMany(Array.from({ length: count }, () => command(external)));
  return made.map((reply) => opOf(reply).id);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("a reader settles what it reads, and waits for no more", () => {
  it("one operation, where many others are due", async () => {
    const stub = operationsOf("settling-own");
    const finished = opOf(await stub.create(command(), 1_000));
    const ids = await overdue(stub, 30);
    vi.setSystemTime(Date.now() + 5_000);
    const put = vi.spyOn(Store.prototype, "put");
    expect(opOf(decode(await stub.read(finished.id))).status).toBe("succeeded");
    expect(put).not.toHaveBeenCalled();
    const late = { status: "failed", error: { code: "deadline_exceeded" } };
    expect(opOf(decode(await stub.read(ids[7] ?? "")))).toMatchObject(late);
    expect(opOf(await stub.readResult(ids[8] ?? ""))).toMatchObject(late);
    expect((await stub.readInput(ids[9] ?? "")).error).toBeUndefined();
    const many = await stub.readMany([ids[10] ?? "", ids[11] ?? ""]);
    expect(many.map(opOf)).toMatchObject([late, late]);
    expect(put).toHaveBeenCalledTimes(5);
    await stub.stats();
    await stub.trends("15m", Date.now());
    expect(put).toHaveBeenCalledTimes(5);
  });

  it("a page of a list", async () => {
    const stub = operationsOf("settling-list");
    const ids = await overdue(stub, 30);
    vi.setSystemTime(Date.now() + 5_000);
    const put = vi.spyOn(Store.prototype, "put");
    const { items } = await stub.list(all);
    expect(items.map(({ op }) => [op.id, op.status])).toEqual(
      ids.slice(0, 3).map((id) => [id, "failed"]),
    );
    expect(put).toHaveBeenCalledTimes(3);
    expect((await stub.list({ ...all, statuses: ["pending"] })).items).toEqual([]);
  });

  it("pages of many lists", async () => {
    const stub = operationsOf("settling-lists");
    const ids = await overdue(stub, 30);
    const finished = opOf(await stub.create(command(), 1_000));
    vi.setSystemTime(Date.now() + 5_000);
    const put = vi.spyOn(Store.prototype, "put");
    // The first two overlap.
    const ranges = [{}, { from: ids[2] ?? "" }, { from: finished.id }];
    const part = await stub.pages(ranges.map((range) => ({ ...all, ...range })));
    const states = part.map(([, settled]) =>
      decodePage((settled as { value: StoredPage }).value).items.map(({ op }) => [
        op.id,
        op.status,
      ]),
    );
    expect(states).toEqual([
      ids.slice(0, 3).map((id) => [id, "failed"]),
      ids.slice(2, 5).map((id) => [id, "failed"]),
      [[finished.id, "succeeded"]],
    ]);
    expect(put).toHaveBeenCalledTimes(5);
  });

  describe("while others on the page are settled, what comes due", () => {
    /** Two operations, the second due as soon as the first has been read. */
    async function dueInTurn(stub: Stub): Promise<string[]> {
      const first = await overdue(stub, 1);
      vi.setSystemTime(Date.now() + 1);
      const second = await overdue(stub, 1);
      vi.setSystemTime(Date.now() + 4_999);
      const { page } = Store.prototype;
      vi.spyOn(Store.prototype, "page").mockImplementation(function (this: Store, query, now) {
        const found = page.call(this, query, now);
        vi.setSystemTime(now + 1);
        return found;
      });
      return [...first, ...second];
    }

    it("stays on it", async () => {
      const stub = operationsOf("settling-stays");
      const ids = await dueInTurn(stub);
      expect((await stub.list(all)).items.map(({ op }) => op.id)).toEqual(ids);
    });

    it("is left to the next page where it was not on this one", async () => {
      const stub = operationsOf("settling-next");
      const [first] = await dueInTurn(stub);
      const page = await stub.list({ ...all, statuses: ["pending"], limit: 1 });
      expect(page).toEqual({ items: [], coveredTo: first });
    });
  });

  it("in a life that has changed nothing yet, too", async () => {
    const before = operationsOf("settling-fresh");
    const ids = await overdue(before, 3);
    await abortAllDurableObjects();
    const stub = operationsOf("settling-fresh");
    vi.setSystemTime(Date.now() + 5_000);
    expect(opOf(decode(await stub.read(ids[1] ?? ""))).status).toBe("failed");
  });

  it("what a late alarm has not done is done beside the reader", async () => {
    const stub = operationsOf("settling-late");
    const finished = opOf(await stub.create(command(), 1_000));
    await overdue(stub, 30);
    vi.setSystemTime(Date.now() + 20_000);
    expect(opOf(decode(await stub.read(finished.id))).status).toBe("succeeded");
    await eventually(async () => {
      const rows = await runInDurableObject(stub, (_, { storage: { sql } }) =>
        sql.exec("SELECT count(*) AS n FROM operations WHERE status = 'failed'").one(),
      );
      expect(rows).toEqual({ n: 30 });
    });
  });
});
