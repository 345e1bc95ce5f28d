import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { externalRetry } from "../../src/config/external-kinds.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import type { CreateCommand, Reply, Snapshot } from "../../src/core/reply.ts";
import { decode } from "../../src/core/reply.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { configure } from "../edge/tenant.ts";
import { command, operationsOf } from "./commands.ts";

configure({ EXTERNAL_KINDS: "resize,print:2" });

type Stub = ReturnType<typeof operationsOf>;

const second = 1_000;
const result = { result: '"done"', size: 6 };

function external(more: Partial<CreateCommand> = {}): CreateCommand {
  return command({ kind: "resize", external: true, retry: externalRetry, ...more });
}

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function make(stub: Stub, more: Partial<CreateCommand> = {}): Promise<string> {
  return opOf(await stub.create(external(more))).id;
}

async function read(stub: Stub, id: string): Promise<Operation> {
  return opOf(decode(await stub.read(id)));
}

async function claim(stub: Stub, max = 1, kinds = ["resize"]): Promise<readonly Operation[]> {
  const claimed = await stub.claim({ kinds, max, lease: 30 * second });
  return claimed.map(({ op }) => op);
}

async function idsOf(stub: Stub, max = 100, kinds = ["resize"]): Promise<string[]> {
  return (await claim(stub, max, kinds)).map(({ id }) => id);
}

async function codeOf(reply: Promise<Reply<Snapshot>>): Promise<string | undefined> {
  return (await reply).error?.code;
}

/** pass lets time go by, and the alarm ring where it is due. */
async function pass(stub: Stub, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(stub);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("claim", () => {
  it("hands out the oldest first, with the input, and each once", async () => {
    const stub = operationsOf("claims-order");
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.push(await make(stub, { input: `{"n":${n}}` }));
    const claimed = await stub.claim({ kinds: ["resize"], max: 3, lease: 30 * second });
    expect(claimed.map(({ op, input }) => [op.id, input])).toEqual(
      made.slice(0, 3).map((id, n) => [id, `{"n":${n}}`]),
    );
    expect(claimed[0]?.op).toMatchObject({
      status: "running",
      attempt: 1,
      leaseExpiresAt: Date.now() + 30 * second,
    });
    expect(await idsOf(stub)).toEqual(made.slice(3));
    expect(await idsOf(stub)).toEqual([]);
  });

  it("takes only as many inputs as fit into a message, and the first whatever its size", async () => {
    const stub = operationsOf("claims-large");
    const size = 3 * 1024 * 1024;
    const ids: string[] = [];
    for (const length of [size, size, size, 3 * size, 10]) {
      ids.push(await make(stub, { input: JSON.stringify("x".repeat(length)) }));
    }
    expect(await idsOf(stub)).toEqual(ids.slice(0, 2));
    expect(await idsOf(stub)).toEqual(ids.slice(2, 3));
    expect(await idsOf(stub)).toEqual(ids.slice(3, 4));
    expect(await idsOf(stub)).toEqual(ids.slice(4));
    expect(await idsOf(stub)).toEqual([]);
  });

  it("makes many claims in one call, of which each gets its own", async () => {
    const stub = operationsOf("claims-many");
    const made: string[] = [];
    for (let n = 0; n < 4; n++) made.push(await make(stub));
    const claims = [1, 2, 3, 1].map((max, n) => {
      const kinds = n === 3 ? ["print"] : ["resize"];
      return { kinds, max, lease: 30 * second };
    });
    const found = await stub.claimMany(claims);
    expect(found.map((own) => own?.map(({ op }) => op.id))).toEqual([
      made.slice(0, 1),
      made.slice(1, 3),
      made.slice(3),
      [],
    ]);
    expect(found[1]?.[0]?.op).toMatchObject({ status: "running", attempt: 1 });
  });

  it("passes over the claims for whose inputs a message has no room left", async () => {
    const stub = operationsOf("claims-many-large");
    const size = 3 * 1024 * 1024;
    const ids: string[] = [];
    for (const length of [size, size, 3 * size, 10]) {
      ids.push(await make(stub, { input: JSON.stringify("x".repeat(length)) }));
    }
    const one = { kinds: ["resize"], max: 1, lease: 30 * second };
    const idsOfEach = async (count: number) => {
      const found = await stub.claimMany(Array.from({ length: count }, () => one));
      return found.map((own) => own?.map(({ op }) => op.id) ?? null);
    };
    expect(await idsOfEach(4)).toEqual([ids.slice(0, 1), ids.slice(1, 2), null, null]);
    expect(await idsOfEach(2)).toEqual([ids.slice(2, 3), null]);
    expect(await idsOfEach(2)).toEqual([ids.slice(3), []]);
  });

  it("takes of several kinds in creation order, and of no other", async () => {
    const stub = operationsOf("claims-kinds");
    const made = [
      await make(stub),
      await make(stub, { kind: "other" }),
      await make(stub, { kind: "print" }),
      await make(stub),
    ];
    expect(await idsOf(stub, 100, ["print", "resize"])).toEqual([made[0], made[2], made[3]]);
  });

  it("leaves work alone until its start time, and until the backoff of a retry is over", async () => {
    const stub = operationsOf("claims-later");
    const later = await make(stub, { startAfter: 60 * second });
    const now = await make(stub);
    expect(await idsOf(stub)).toEqual([now]);
    await stub.end(now, { attempt: 1, error: { code: "x", message: "x" }, retryable: true });
    expect(await read(stub, now)).toMatchObject({ status: "pending", attempt: 1 });
    expect(await idsOf(stub)).toEqual([]);
    vi.setSystemTime(Date.now() + second);
    expect(await idsOf(stub)).toEqual([now]);
    vi.setSystemTime(Date.now() + 29 * second);
    expect(await idsOf(stub)).toEqual([]);
    vi.setSystemTime(Date.now() + 30 * second);
    expect(await idsOf(stub)).toEqual([later, now]);
  });

  it("two workers share 1,000 operations: each is done once, none is left", {
    timeout: 0,
  }, async () => {
    const stub = operationsOf("claims-crowd");
    const made = await Promise.all(Array.from({ length: 1_000 }, () => make(stub)));
    const held: string[] = [];
    const worker = async (max: number) => {
      for (;;) {
        const mine = await claim(stub, max);
        if (mine.length === 0) return;
        await Promise.all(
          mine.map(async ({ id, attempt }) => {
            held.push(`${id} ${attempt}`);
            opOf(await stub.end(id, { attempt, ...result }));
          }),
        );
      }
    };
    await Promise.all([worker(7), worker(10)]);
    expect(held.sort()).toEqual(made.map((id) => `${id} 1`).sort());
    const { operations } = await stub.stats();
    expect(operations).toEqual([{ kind: "resize", status: "succeeded", count: 1_000 }]);
  });

  it("knows after an eviction what can be claimed, and who holds what", async () => {
    const stub = operationsOf("claims-evicted");
    const held = await make(stub);
    await claim(stub);
    const open = await make(stub);
    await evictDurableObject(stub);
    expect(await idsOf(stub)).toEqual([open]);
    expect(opOf(await stub.end(held, { attempt: 1, ...result })).status).toBe("succeeded");
  });
});

describe("a lease", () => {
  it("that is lost makes the operation claimable again, and the old attempt is refused", async () => {
    const stub = operationsOf("lease-lost");
    const id = await make(stub);
    await claim(stub);
    await pass(stub, 30 * second);
    expect(await read(stub, id)).toMatchObject({ status: "pending", attempt: 1 });
    expect(await codeOf(stub.end(id, { attempt: 1, ...result }))).toBe("stale-attempt");
    expect(await claim(stub)).toMatchObject([{ id, attempt: 2 }]);
    expect(await codeOf(stub.end(id, { attempt: 1, ...result }))).toBe("stale-attempt");
    expect(await codeOf(stub.report(id, { attempt: 1, lease: second }))).toBe("stale-attempt");
    expect(opOf(await stub.end(id, { attempt: 2, ...result })).status).toBe("succeeded");
    expect(await codeOf(stub.end(id, { attempt: 2, ...result }))).toBe("already-terminal");
    expect(await codeOf(stub.end(id, { attempt: 1, ...result }))).toBe("stale-attempt");
  });

  it("that has run out counts as lost before the alarm has rung", async () => {
    const stub = operationsOf("lease-unrung");
    const id = await make(stub);
    await claim(stub);
    vi.setSystemTime(Date.now() + 30 * second);
    expect(await codeOf(stub.report(id, { attempt: 1, percentComplete: 50 }))).toBe(
      "stale-attempt",
    );
    expect(await idsOf(stub)).toEqual([id]);
  });

  it("is kept by reports that extend it", async () => {
    const stub = operationsOf("lease-kept");
    const id = await make(stub);
    await claim(stub);
    for (let n = 1; n <= 3; n++) {
      await pass(stub, 20 * second);
      const op = opOf(
        await stub.report(id, { attempt: 1, percentComplete: n, lease: 30 * second }),
      );
      expect(op.leaseExpiresAt).toBe(Date.now() + 30 * second);
    }
    expect(await read(stub, id)).toMatchObject({ status: "running", percentComplete: 3 });
    await pass(stub, 30 * second);
    expect((await read(stub, id)).status).toBe("pending");
  });

  it("that is lost on the last attempt ends the operation as interrupted", async () => {
    const stub = operationsOf("lease-last");
    const id = await make(stub);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(await claim(stub)).toMatchObject([{ attempt }]);
      await pass(stub, 30 * second);
    }
    expect(await read(stub, id)).toMatchObject({
      status: "failed",
      error: { code: "interrupted" },
    });
    expect(await idsOf(stub)).toEqual([]);
  });

  it("of a canceled operation ends it when it is lost, or when its worker gives up", async () => {
    const stub = operationsOf("lease-canceled");
    const [lost, given] = [await make(stub), await make(stub)];
    await claim(stub, 2);
    await stub.cancel(lost);
    await stub.cancel(given);
    const error = { code: "canceled", message: "Stopped as asked" };
    const op = opOf(await stub.end(given, { attempt: 1, error, retryable: true }));
    expect(op).toMatchObject({ status: "canceled", error });
    await pass(stub, 30 * second);
    expect((await read(stub, lost)).status).toBe("canceled");
  });
});

describe("maxConcurrent of an external kind", () => {
  it("holds back what is more, until attempts end or are lost", async () => {
    const stub = operationsOf("claims-limit");
    const made: string[] = [];
    for (let n = 0; n < 4; n++) made.push(await make(stub, { kind: "print" }));
    expect(await idsOf(stub, 100, ["print"])).toEqual(made.slice(0, 2));
    expect(await idsOf(stub, 100, ["print"])).toEqual([]);
    await stub.end(made[1] ?? "", { attempt: 1, ...result });
    expect(await idsOf(stub, 100, ["print"])).toEqual([made[2]]);
    await evictDurableObject(stub);
    expect(await idsOf(stub, 100, ["print"])).toEqual([]);
    await pass(stub, 30 * second);
    expect(await idsOf(stub, 100, ["print"])).toEqual([made[0], made[2]]);
  });
});

describe("waiting for something to claim", () => {
  const until = () => Date.now() + 60 * second;

  async function wait(stub: Stub, kind = "resize") {
    const response = await stub.fetch(`https://operations/claim?kind=${kind}&until=${until()}`, {
      headers: { upgrade: "websocket" },
    });
    const socket = response.webSocket;
    if (!socket) return { json: await response.json(), heard: Promise.resolve("json") };
    const heard = new Promise<string>((resolve) => {
      socket.addEventListener("message", ({ data }) => resolve(String(data)));
      socket.addEventListener("close", ({ reason }) => resolve(reason));
    });
    socket.accept();
    return { json: undefined, heard };
  }

  const signal = '{"claimable":1,"others":false}';

  it("is over at once where there is something", async () => {
    const stub = operationsOf("claim-wait-now");
    await make(stub);
    expect((await wait(stub)).json).toEqual({ claimable: 1, others: false });
  });

  it("outlives an eviction, and is told of a creation", async () => {
    const stub = operationsOf("claim-wait-created");
    const { heard } = await wait(stub);
    await evictDurableObject(stub);
    await make(stub, { kind: "other" });
    await make(stub);
    expect(await heard).toBe(signal);
  });

  it("is told when a start time comes and when a lease is lost", async () => {
    const stub = operationsOf("claim-wait-time");
    await make(stub, { startAfter: 10 * second });
    const first = await wait(stub);
    await pass(stub, 10 * second);
    expect(await first.heard).toBe(signal);
    await claim(stub);
    const next = await wait(stub);
    await pass(stub, 30 * second);
    expect(await next.heard).toBe(signal);
  });

  it("wakes no more workers than there is work", async () => {
    const stub = operationsOf("claim-wait-herd");
    const waits = [await wait(stub), await wait(stub), await wait(stub)];
    let told = 0;
    for (const { heard } of waits)
      void heard.then((what) => (told += what.startsWith('{"claimable":1') ? 1 : 0));
    await make(stub);
    await Promise.race(waits.map(({ heard }) => heard));
    expect(told).toBe(1);
    await pass(stub, 61 * second);
    await Promise.all(waits.map(({ heard }) => heard));
    expect(told).toBe(1);
  });
});

describe("release", () => {
  it("that fails half-way leaves nothing, and the end that it was comes with its webhook", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null));
    const stub = operationsOf("claims-release-broken");
    const webhook = { url: "https://hook.test/", origin: "https://edge.test" };
    const id = await make(stub, { webhook });
    const [held] = await claim(stub);
    await stub.cancel(id);
    await runInDurableObject(stub, async (object, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql);
      const failing = vi.spyOn(storage.sql, "exec");
      failing.mockImplementation((query: string, ...bindings: unknown[]) => {
        if (query.startsWith("INSERT OR REPLACE INTO deliveries")) throw new Error("disk full");
        return exec(query, ...bindings) as never;
      });
      await (object as OperationsObject).release([{ id, attempt: held?.attempt ?? 0 }]);
      failing.mockRestore();
    });
    expect((await read(stub, id)).status).toBe("running");
    await pass(stub, 30 * second);
    expect((await read(stub, id)).status).toBe("canceled");
    expect(await stub.deliveries(id)).toMatchObject({ deliveries: [{ id }] });
  });
});
