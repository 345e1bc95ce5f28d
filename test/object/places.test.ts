import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { configure } from "../edge/tenant.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

configure({ MAX_CONCURRENT: "4" });

type Stub = ReturnType<typeof operationsOf>;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function statusOf(stub: Stub, id: string): Promise<string> {
  return opOf(decode(await stub.read(id))).status;
}

/** How many operations stand at each status. */
async function counts(stub: Stub): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { status, count } of (await stub.stats()).operations) {
    sums[status] = (sums[status] ?? 0) + count;
  }
  return sums;
}

async function make(stub: Stub, count: number, more = {}): Promise<string[]> {
  const made = await stub.createMany(Array.from({ length: count }, () => hanging(more)));
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

describe("MAX_CONCURRENT", () => {
  it("is how many of those created at once run, and the others follow in creation order", async () => {
    const stub = operationsOf("places-order");
    const ids = await make(stub, 10);
    expect(await counts(stub)).toEqual({ running: 4, pending: 6 });
    expect((await stub.stats()).attempts).toBe(4);
    await stub.cancel(ids[2] ?? "");
    await eventually(async () => expect(await statusOf(stub, ids[4] ?? "")).toBe("running"));
    expect(await counts(stub)).toEqual({ running: 4, pending: 5, canceled: 1 });
  });

  it("all of many is done", async () => {
    const stub = operationsOf("places-all");
    await stub.createMany(Array.from({ length: 100 }, () => command()));
    await eventually(async () => expect(await counts(stub)).toEqual({ succeeded: 100 }));
  });

  it("goes round the kinds: one that has many waiting starves no other", async () => {
    const stub = operationsOf("places-fair");
    const many = await make(stub, 12);
    const other = opOf(await stub.create(command()));
    expect(other.status).toBe("pending");
    await stub.cancel(many[0] ?? "");
    await stub.cancel(many[1] ?? "");
    await eventually(async () => expect(await statusOf(stub, other.id)).toBe("succeeded"));
    expect((await counts(stub)).pending).toBeGreaterThanOrEqual(6);
  });

  it("a new operation takes no place that another kind has waited for", async () => {
    const stub = operationsOf("places-turn");
    const many = await make(stub, 5);
    expect(opOf(await stub.create(command())).status).toBe("pending");
    await stub.cancel(many[4] ?? "");
    expect(opOf(await stub.create(command())).status).toBe("pending");
  });

  it("no place is held by what waits for an answer, nor by an internal write", async () => {
    const stub = operationsOf("places-asking");
    const input = '{"outcome":"ask"}';
    const asking = await stub.createMany(
      Array.from({ length: 6 }, () => command({ kind: "simulate", input })),
    );
    await eventually(async () => expect(await counts(stub)).toEqual({ input_required: 6 }));
    expect((await stub.stats()).attempts).toBe(asking.length);
    await make(stub, 6);
    expect(await counts(stub)).toEqual({ input_required: 6, running: 4, pending: 2 });
    const write = { storage: "services", id: "a", verb: "create", document: '{"id":"a"}' } as const;
    const made = await stub.createWrite(
      command({ kind: "document", input: JSON.stringify(write) }),
      write,
      10_000,
    );
    expect(opOf(made).status).toBe("succeeded");
  });

  it("a recovery starts no more than that", async () => {
    const before = operationsOf("places-recovery");
    const retry = { maxAttempts: 9, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    await make(before, 10, { retry });
    for (let n = 0; n < 2; n++) {
      await abortAllDurableObjects();
      const stub = operationsOf("places-recovery");
      vi.setSystemTime(Date.now() + 1);
      await runDurableObjectAlarm(stub);
      await eventually(async () => expect(await counts(stub)).toEqual({ running: 4, pending: 6 }));
      expect((await stub.stats()).attempts).toBe(4);
    }
  });
});
