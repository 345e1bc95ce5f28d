import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ListPage } from "../../src/core/reply.ts";
import { simulate } from "../../src/kinds/simulate.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

/** limit gives simulate a maxConcurrent, until the test is over. */
function limit(maxConcurrent: number | undefined): void {
  Object.assign(simulate, { maxConcurrent });
}

async function make(stub: Stub, more = {}): Promise<string> {
  const reply = await stub.create(hanging(more));
  if (reply.error) throw new Error(reply.error.message);
  return reply.op.id;
}

/** The statuses of all operations, in creation order. */
async function statuses(stub: Stub): Promise<string> {
  const page: ListPage = await stub.list({
    statuses: [],
    kinds: [],
    labels: [],
    order: "asc",
    limit: 100,
  });
  return page.items.map(({ op }) => op.status).join(" ");
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  limit(undefined);
});

describe("maxConcurrent of a kind in the code", () => {
  it("lets so many attempts run, and starts the others in creation order as attempts end", async () => {
    limit(2);
    const stub = operationsOf("concurrency-order");
    const made: string[] = [];
    for (let n = 0; n < 4; n++) made.push(await make(stub));
    expect(await statuses(stub)).toBe("running running pending pending");
    await stub.cancel(made[1] ?? "");
    await eventually(async () =>
      expect(await statuses(stub)).toBe("running canceled running pending"),
    );
    await stub.cancel(made[0] ?? "");
    await eventually(async () =>
      expect(await statuses(stub)).toBe("canceled canceled running running"),
    );
    expect((await stub.stats()).attempts).toBe(2);
  });

  it("holds no other kind back", async () => {
    limit(1);
    const stub = operationsOf("concurrency-others");
    await make(stub);
    await make(stub);
    const other = await stub.create(command(), 10_000);
    expect(other).toMatchObject({ op: { status: "succeeded" } });
    expect(await statuses(stub)).toBe("running pending succeeded");
  });

  it("all of a long queue is done, one after the other, at the limit of one", async () => {
    limit(1);
    const stub = operationsOf("concurrency-queue");
    await Promise.all(
      Array.from({ length: 50 }, () => stub.create(command({ kind: "simulate", input: "{}" }))),
    );
    await eventually(async () => {
      const { operations } = await stub.stats();
      expect(operations).toEqual([{ kind: "simulate", status: "succeeded", count: 50 }]);
    });
  });

  it("counts those whose start time comes, which wait their turn without being started", async () => {
    limit(1);
    const stub = operationsOf("concurrency-later");
    const later = await make(stub, { startAfter: 5_000 });
    const first = await make(stub);
    vi.setSystemTime(Date.now() + 5_000);
    await runDurableObjectAlarm(stub);
    expect(await statuses(stub)).toBe("pending running");
    await stub.cancel(first);
    await eventually(async () => expect(await statuses(stub)).toBe("running canceled"));
    await stub.cancel(later);
  });

  it("what waits is ended by its deadline, and canceled at once", async () => {
    limit(1);
    const stub = operationsOf("concurrency-ends");
    await make(stub);
    const waiting = await make(stub);
    await make(stub, { deadline: 5_000 });
    await stub.cancel(waiting);
    vi.setSystemTime(Date.now() + 5_000);
    await runDurableObjectAlarm(stub);
    expect(await statuses(stub)).toBe("running canceled failed");
  });

  it("after a crash what waited is started", async () => {
    limit(1);
    const stub = operationsOf("concurrency-crash");
    await make(stub);
    await make(stub);
    await abortAllDurableObjects();
    expect(await statuses(operationsOf("concurrency-crash"))).toBe("failed running");
  });
});
