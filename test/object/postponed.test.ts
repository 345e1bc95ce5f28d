import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failed } from "../../src/base/result.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { KindTable } from "../../src/kinds/kind-table.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

function opOf(reply: Reply<Snapshot>): Operation {
  if (reply.error) throw new Error(reply.error.message);
  return reply.op;
}

async function read(stub: Stub, id: string): Promise<Operation> {
  return opOf(decode(await stub.read(id)));
}

async function alarmOf(stub: Stub): Promise<number | null> {
  return runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
}

/** pass lets time go by, and the alarm ring. */
async function pass(stub: Stub, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(stub);
}

/** deploy restarts every object, as a deploy does. */
async function deploy(tenant: string): Promise<Stub> {
  await abortAllDurableObjects();
  return operationsOf(tenant);
}

/** without lets the code lack a kind, until `back` is called or the test is over. */
function without(kind: string): { back: () => void } {
  const { findWork } = KindTable.prototype;
  const spy = vi.spyOn(KindTable.prototype, "findWork").mockImplementation(function (
    this: KindTable,
    name,
  ) {
    return name === kind ? undefined : findWork.call(this, name);
  });
  return { back: () => spy.mockRestore() };
}

/** misconfigured lets the configuration be bad for objects that start from now on. */
function misconfigured(): { back: () => void } {
  const get = WeakMap.prototype.get;
  // The configuration is parsed once for each isolate, which a deploy would replace.
  const spy = vi.spyOn(WeakMap.prototype, "get").mockImplementation(function (
    this: WeakMap<WeakKey, unknown>,
    key: WeakKey,
  ) {
    const found: unknown = get.call(this, key);
    const isConfig = key === env || (typeof found === "object" && found && "ok" in found);
    return isConfig ? failed([{ path: "SHARDS", message: "is bad" }]) : found;
  });
  return { back: () => spy.mockRestore() };
}

const faults = {
  "a bad configuration": misconfigured,
  "a kind that is gone": () => without("echo"),
};
const once = { maxAttempts: 1, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe.each(Object.entries(faults))("under %s", (name, begin) => {
  const tenantOf = (test: string) => `postponed-${test}-${name}`;

  it("work that falls due is postponed, counts for nothing, and starts after the next deploy", async () => {
    const tenant = tenantOf("due");
    let stub = operationsOf(tenant);
    const { id } = opOf(await stub.create(command({ startAfter: 60_000, retry: once })));
    const { back } = begin();
    stub = await deploy(tenant);
    await pass(stub, 60_000);
    for (let n = 0; n < 3; n++) {
      expect(await read(stub, id)).toMatchObject({ status: "pending", attempt: 0, version: 1 });
      // It looks again each minute, since a deploy wakes nobody.
      expect(await alarmOf(stub)).toBe(Date.now() + 60_000);
      await pass(stub, 60_000);
    }
    back();
    stub = await deploy(tenant);
    await pass(stub, 60_000);
    await eventually(async () => {
      expect(await read(stub, id)).toMatchObject({ status: "succeeded", attempt: 1 });
    });
  });

  it("new work waits, and its deadline ends it", async () => {
    const { back } = begin();
    const stub = operationsOf(tenantOf("new"));
    const { id, status } = opOf(await stub.create(command({ deadline: 90_000 })));
    expect(status).toBe("pending");
    await pass(stub, 60_000);
    expect((await read(stub, id)).status).toBe("pending");
    await pass(stub, 30_000);
    expect(await read(stub, id)).toMatchObject({
      status: "failed",
      attempt: 0,
      error: { code: "deadline_exceeded" },
    });
    back();
  });

  it("a retry waits, with the attempts that it had", async () => {
    const tenant = tenantOf("retry");
    let stub = operationsOf(tenant);
    const retry = { ...once, maxAttempts: 2 };
    const input = JSON.stringify({ outcome: "hang" });
    const kind = name === "a bad configuration" ? "simulate" : "echo";
    const more = kind === "simulate" ? { kind, input } : { kind, startAfter: 60_000 };
    const { id } = opOf(await stub.create(command({ ...more, retry, deadline: 3_600_000 })));
    const { back } = begin();
    stub = await deploy(tenant);
    const attempt = kind === "simulate" ? 1 : 0;
    for (let n = 0; n < 3; n++) {
      await pass(stub, 60_000);
      expect(await read(stub, id)).toMatchObject({ status: "pending", attempt });
    }
    back();
    stub = await deploy(tenant);
    await pass(stub, 60_000);
    await eventually(async () => expect((await read(stub, id)).attempt).toBe(attempt + 1));
  });
});

describe("a bad configuration", () => {
  it("uses up no try of a webhook, which is tried after the next deploy", async () => {
    const sent = vi.spyOn(globalThis, "fetch");
    sent.mockImplementation(async () => new Response(null, { status: 500 }));
    const tenant = "postponed-webhook";
    const webhook = { url: "https://hook.test/", origin: "https://edge.test" };
    let stub = operationsOf(tenant);
    const { id } = opOf(await stub.create(command({ webhook }), 1_000));
    const deliveryOf = async () => {
      const reply = await stub.deliveries(id);
      return reply.error ? undefined : reply.deliveries[0];
    };
    await eventually(async () => expect((await deliveryOf())?.tries).toHaveLength(1));
    const first = await deliveryOf();
    const { back } = misconfigured();
    stub = await deploy(tenant);
    for (let n = 0; n < 3; n++) {
      await pass(stub, 60_000);
      expect(await deliveryOf()).toEqual(first);
      expect(await alarmOf(stub)).toBe(Date.now() + 60_000);
    }
    back();
    stub = await deploy(tenant);
    sent.mockImplementation(async () => new Response(null));
    await pass(stub, 60_000);
    await eventually(async () => expect((await deliveryOf())?.state).toBe("delivered"));
    expect((await deliveryOf())?.tries).toHaveLength(2);
  });
});

describe("a kind that is gone", () => {
  it("holds up no other kind", async () => {
    const { back } = without("echo");
    const stub = operationsOf("postponed-others");
    const gone = opOf(await stub.create(command()));
    const other = opOf(await stub.create(command({ kind: "simulate", input: "{}" }), 60_000));
    expect(other.status).toBe("succeeded");
    expect((await read(stub, gone.id)).status).toBe("pending");
    expect(opOf(await stub.cancel(gone.id)).status).toBe("canceled");
    expect(opOf(await stub.create(hanging())).status).toBe("running");
    back();
  });
});
