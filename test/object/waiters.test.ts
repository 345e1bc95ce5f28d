import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decode, type Snapshot } from "../../src/core/reply.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { Waiters } from "../../src/object/sockets/waiters.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";

interface Waiter {
  readonly frames: Snapshot[];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
}

async function wait(
  stub: ReturnType<typeof operationsOf>,
  id: string,
  query = "",
): Promise<Waiter> {
  const until = Date.now() + 60_000;
  const response = await stub.fetch(`https://operations/?id=${id}&until=${until}${query}`, {
    headers: { upgrade: "websocket" },
  });
  const socket = response.webSocket;
  if (!socket) throw new Error(await response.text());
  const frames: Snapshot[] = [];
  socket.addEventListener("message", ({ data }) => frames.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener("close", ({ code }) => resolve(code));
  });
  socket.accept();
  return { frames, closed, socket };
}

async function start(stub: ReturnType<typeof operationsOf>): Promise<string> {
  const reply = await stub.create(hanging());
  if (reply.error) throw new Error(reply.error.message);
  return reply.op.id;
}

describe("Waiters", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("the first frame is the present state, the last the end, and then the socket closes", async () => {
    const stub = operationsOf("waiters-frames");
    const id = await start(stub);
    const waiter = await wait(stub, id);
    await stub.cancel(id);
    expect(await waiter.closed).toBe(1000);
    expect(waiter.frames.map(({ op }) => op.status)).toEqual(["running", "canceled"]);
  });

  it("one that waits for a change is told of the first above its version", async () => {
    const stub = operationsOf("waiters-change");
    const id = await start(stub);
    const waiter = await wait(stub, id, "&after=1");
    await stub.progress(id, 1, 40, "on the way");
    expect(await waiter.closed).toBe(1000);
    expect(waiter.frames.map(({ op }) => op.version)).toEqual([1, 2]);
  });

  it("a late one is answered at once, without a socket", async () => {
    const stub = operationsOf("waiters-late");
    const reply = await stub.create(command({ input: "1" }), 1_000);
    if (reply.error) throw new Error(reply.error.message);
    const response = await stub.fetch(`https://operations/?id=${reply.op.id}&until=0`, {
      headers: { upgrade: "websocket" },
    });
    expect(response.webSocket).toBeFalsy();
    expect(await response.json()).toMatchObject({ op: { status: "succeeded" }, result: "1" });
  });

  it("a waiter outlives an eviction of the object, and is told once", async () => {
    const stub = operationsOf("waiters-evicted");
    const reply = await stub.create(command({ startAfter: 60_000, input: "1" }));
    if (reply.error) throw new Error(reply.error.message);
    const waiter = await wait(stub, reply.op.id);
    await evictDurableObject(stub, { webSockets: "hibernate" });
    await stub.cancel(reply.op.id);
    expect(await waiter.closed).toBe(1000);
    expect(waiter.frames.map(({ op }) => op.status)).toEqual(["pending", "canceled"]);
  });

  it("one that left is not counted, and the operation goes on", async () => {
    const stub = operationsOf("waiters-left");
    const id = await start(stub);
    const { socket, closed } = await wait(stub, id);
    expect((await stub.stats()).waiters).toBe(1);
    socket.close(1000, "enough");
    await closed;
    await eventually(async () => {
      expect((await stub.stats()).waiters).toBe(0);
    });
    expect(decode(await stub.read(id))).toMatchObject({ op: { status: "running" } });
  });

  it("one that never left is closed by the alarm after its time", async () => {
    const stub = operationsOf("waiters-abandoned");
    const id = await start(stub);
    const waiter = await wait(stub, id);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect(await waiter.closed).toBe(1000);
    expect(waiter.frames).toHaveLength(1);
  });
});

describe("a create that waits", () => {
  it("waits for nothing where what its key made ends in the same group of writes", async () => {
    const stub = operationsOf("waiters-replay");
    const idempotency = { key: "k", fingerprint: "f" };
    const asked = command({ idempotency, startAfter: 60_000 });
    const made = await stub.create(asked);
    if (made.error) throw new Error(made.error.message);
    const finished = vi.spyOn(Waiters.prototype, "finished");
    const reply = await runInDurableObject(stub, async (object) => {
      const map = object as OperationsObject;
      const [again] = await Promise.all([map.create(asked, 1_000), map.cancel(made.op.id)]);
      return again;
    });
    expect(reply).toMatchObject({ op: { id: made.op.id, status: "canceled" }, replayed: true });
    expect(finished).not.toHaveBeenCalled();
  });
});
