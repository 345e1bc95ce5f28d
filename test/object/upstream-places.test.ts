import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

/** The paths of the requests that wait for their answers, by host. */
let open: Map<string, (() => void)[]>;

/** Whether a test is under way: what it has left waiting ends with it. */
let isTesting = false;

const openAt = (upstream: string) => open.get(`${upstream}.test`)?.length ?? 0;

/** Answers the first so many requests of an upstream. */
function answer(upstream: string, count = 1): void {
  for (const end of open.get(`${upstream}.test`)?.splice(0, count) ?? []) end();
}

beforeEach(() => {
  open = new Map();
  isTesting = true;
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    const { host } = new URL(String(url));
    let isOver = false;
    const waiting = open.get(host) ?? [];
    open.set(host, waiting);
    waiting.push(() => {
      isOver = true;
    });
    const signal = (init as RequestInit | undefined)?.signal;
    while (isTesting && !isOver && !signal?.aborted) await scheduler.wait(5);
    signal?.throwIfAborted();
    return new Response("done");
  });
});

afterEach(async () => {
  isTesting = false;
  vi.useRealTimers();
  await abortAllDurableObjects();
  vi.restoreAllMocks();
});

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function make(stub: Stub, upstream: string, count: number, more = {}): Promise<string[]> {
  const input = JSON.stringify({ upstream });
  const shown = { name: upstream, method: "GET", path: "/" };
  const one = command({ kind: "http", input, upstream: shown, ...more });
  const made = await stub.createMany(Array.from({ length: count }, () => one));
  return made.map((reply) => opOf(reply).id);
}

async function statuses(stub: Stub, ids: readonly string[]): Promise<string> {
  const all = ids.map(async (id) => opOf(decode(await stub.read(id))).status);
  return (await Promise.all(all)).join(" ");
}

describe("maxConcurrent of an upstream", () => {
  it("is how many requests are under way to it, and the others follow in creation order", async () => {
    const stub = operationsOf("upstream-order");
    const ids = await make(stub, "narrow", 4);
    expect(await statuses(stub, ids)).toBe("running running pending pending");
    await eventually(() => expect(openAt("narrow")).toBe(2));
    answer("narrow");
    await eventually(async () =>
      expect(await statuses(stub, ids)).toBe("succeeded running running pending"),
    );
    await eventually(() => expect(openAt("narrow")).toBe(2));
    answer("narrow", 2);
    await eventually(() => expect(openAt("narrow")).toBe(1));
    answer("narrow");
    await eventually(async () => expect(await statuses(stub, ids)).not.toMatch(/pending|running/));
  });

  it("holds back no other upstream and no other kind", async () => {
    const stub = operationsOf("upstream-others");
    const narrow = await make(stub, "narrow", 3);
    const wide = await make(stub, "wide", 3);
    expect(await statuses(stub, narrow)).toBe("running running pending");
    expect(await statuses(stub, wide)).toBe("running running running");
    const other = opOf(await stub.create(command(), 10_000));
    expect(other.status).toBe("succeeded");
  });

  it.each(["canceled", "ended by its deadline"])("gives back what is %s", async (how) => {
    const stub = operationsOf(`upstream-ends-${how.length}`);
    const [first = ""] = await make(stub, "narrow", 1, { deadline: 5_000 });
    const ids = [first, ...(await make(stub, "narrow", 3))];
    expect(await statuses(stub, ids)).toBe("running running pending pending");
    if (how === "canceled") await stub.cancel(first);
    else vi.setSystemTime(Date.now() + 5_000);
    await runDurableObjectAlarm(stub);
    await eventually(async () =>
      expect(await statuses(stub, ids)).toMatch(/^(canceled|failed) running running pending$/),
    );
  });

  it("holds after a crash, for what is made again and for what had waited", async () => {
    const name = "upstream-crash";
    const retry = { maxAttempts: 9, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    const before = operationsOf(name);
    const ids = [
      ...(await make(before, "narrow", 5, { retry })),
      ...(await make(before, "wide", 2, { retry })),
    ];
    for (let crash = 0; crash < 2; crash++) {
      await eventually(() => expect([openAt("narrow"), openAt("wide")]).toEqual([2, 2]));
      open.clear();
      await abortAllDurableObjects();
      vi.setSystemTime(Date.now() + 1);
      const stub = operationsOf(name);
      await runDurableObjectAlarm(stub);
      await eventually(async () => {
        const all = (await statuses(stub, ids)).split(" ");
        const running = all.map((status) => status === "running");
        expect(running.slice(0, 5).filter(Boolean)).toHaveLength(2);
        expect(running.slice(5)).toEqual([true, true]);
      });
    }
    const stub = operationsOf(name);
    expect(openAt("narrow")).toBeLessThanOrEqual(2);
    // Whoever comes then waits behind those.
    const late = opOf(
      await stub.create(
        command({
          kind: "http",
          input: '{"upstream":"narrow"}',
          upstream: { name: "narrow", method: "GET", path: "/" },
        }),
      ),
    );
    expect(late.status).toBe("pending");
  });
});
