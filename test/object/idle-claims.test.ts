import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClaimCommand } from "../../src/core/work.ts";
import { OperationsObject } from "../../src/object/operations-object.ts";
import { Queues } from "../../src/object/schedule/queues.ts";
import { command, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const claim: ClaimCommand = { kinds: ["resize"], max: 1, lease: 30_000 };

async function make(stub: Stub, more: object = {}): Promise<string> {
  const reply = await stub.create(command({ kind: "resize", external: true, ...more }));
  return reply.error ? "" : reply.op.id;
}

async function idsOf(stub: Stub): Promise<readonly string[]> {
  return (await stub.claim({ ...claim, max: 100 })).map(({ op }) => op.id);
}

/** Returns how many writes were made in groups meanwhile. */
function writesOf(stub: Stub, act: (own: OperationsObject) => Promise<unknown>): Promise<number> {
  return runInDurableObject(stub, async (object, { storage }) => {
    const writes = vi.spyOn(storage, "transactionSync");
    await act(object as OperationsObject);
    const { length } = writes.mock.calls;
    writes.mockRestore();
    return length;
  });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("claims for which there is nothing", () => {
  it("take part in no group of writes, but for one a second, which does what is due besides", async () => {
    const stub = operationsOf("groups");
    await idsOf(stub);
    const both = async (own: OperationsObject) => {
      expect(await own.claim(claim)).toEqual([]);
      expect(await own.claimMany([claim, { ...claim, kinds: ["print"] }])).toEqual([[], []]);
    };
    expect(await writesOf(stub, both)).toBe(0);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await writesOf(stub, both)).toBeGreaterThan(0);
    expect(await writesOf(stub, both)).toBe(0);
    // Also if the clock has been set back.
    vi.setSystemTime(Date.now() - 10_000);
    expect(await writesOf(stub, both)).toBeGreaterThan(0);
    expect(await writesOf(stub, both)).toBe(0);
  });

  it("find what the writes before them make, though those have not been committed", async () => {
    const stub = operationsOf("order");
    await idsOf(stub);
    const [made, found] = await runInDurableObject(stub, (object) => {
      const own = object as OperationsObject;
      const external = command({ kind: "resize", external: true });
      return Promise.all([own.create(external), own.claim(claim)]);
    });
    expect(found.map(({ op }) => op.id)).toEqual([made.error ? "" : made.op.id]);
  });

  it("find what has become due since", async () => {
    const stub = operationsOf("due");
    const id = await make(stub, { startAfter: 500 });
    expect(await idsOf(stub)).toEqual([]);
    vi.setSystemTime(Date.now() + 500);
    expect(await idsOf(stub)).toEqual([id]);
    expect(await idsOf(stub)).toEqual([]);
  });

  it("find what is resumed, and nothing that is paused", async () => {
    const stub = operationsOf("paused");
    await stub.setPaused("resize", true);
    const id = await make(stub);
    expect(await idsOf(stub)).toEqual([]);
    expect(await writesOf(stub, (own) => own.claim(claim))).toBe(0);
    await stub.setPaused("resize", false);
    expect(await idsOf(stub)).toEqual([id]);
  });
});

describe("claimMany", () => {
  /** The claims as a Worker sends them now, with one object for equal ones, and as one of older code does. */
  const senders = [
    ["shared", (claims: readonly ClaimCommand[]) => claims],
    ["apart", (claims: readonly ClaimCommand[]) => claims.map((one) => structuredClone(one))],
  ] as const;

  it.each(senders)(
    "hands out in the order of the claims, of mixed kinds, to commands that are %s",
    async (name, sentOf) => {
      const stub = operationsOf(`mixed-${name}`);
      const ids: string[] = [];
      for (const kind of ["resize", "print", "resize", "print", "print"]) {
        ids.push(await make(stub, { kind }));
      }
      const first = await make(stub, { priority: 0 });
      const print = { ...claim, kinds: ["print"], max: 2 };
      const any = { ...claim, kinds: ["print", "resize"] };
      const claims = [claim, print, claim, any, claim, claim, print, any, claim, any];
      const found = await stub.claimMany(sentOf(claims));
      expect(found.map((own) => own?.map(({ op }) => op.id))).toEqual([
        [first],
        [ids[1], ids[3]],
        [ids[0]],
        [ids[2]],
        [],
        [],
        [ids[4]],
        [],
        [],
        [],
      ]);
    },
  );

  it.each(senders)(
    "passes over all claims for which a message has no room, by commands that are %s",
    async (name, sentOf) => {
      const stub = operationsOf(`large-${name}`);
      const input = JSON.stringify("x".repeat(5 * 1024 * 1024));
      const [large, next] = [await make(stub, { input }), await make(stub, { input })];
      const print = { ...claim, kinds: ["print"] };
      const idsOfEach = async (commands: readonly ClaimCommand[]) => {
        const found = await stub.claimMany(sentOf(commands));
        return found.map((own) => own?.map(({ op }) => op.id) ?? null);
      };
      const claims = [print, claim, print, claim, print, claim];
      expect(await idsOfEach(claims)).toEqual([[], [large], [], null, null, null]);
      expect(await idsOfEach(claims)).toEqual([[], [next], [], [], [], []]);
    },
  );

  it("receives equal commands as one object, and returns one for claims that get nothing", async () => {
    const method = vi.spyOn(OperationsObject.prototype, "claimMany");
    const stub = operationsOf("once");
    const [, ...none] = await stub.claimMany([claim, claim, { ...claim }, claim]);
    const [[commands = []] = []] = method.mock.calls;
    expect(new Set(commands).size).toBe(2);
    expect(new Set(commands.map(({ kinds }) => kinds)).size).toBe(1);
    expect(none).toEqual([[], [], []]);
    expect(new Set(none).size).toBe(1);
  });

  it("does not look again for kinds of which nothing is left", async () => {
    const next = vi.spyOn(Queues.prototype, "next");
    const stub = operationsOf("look");
    const made = await make(stub);
    const found = await stub.claimMany(Array.from({ length: 100 }, () => claim));
    expect(found.flatMap((own) => own?.map(({ op }) => op.id) ?? [])).toEqual([made]);
    expect(next).toHaveBeenCalledTimes(2);
  });
});
