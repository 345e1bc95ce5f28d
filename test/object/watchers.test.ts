import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { watchUrl } from "../../src/object/sockets/command.ts";
import { Sockets } from "../../src/object/sockets/sockets.ts";
import type { WatchCommand } from "../../src/object/sockets/watch-command.ts";
import { lifetime, windowSize } from "../../src/object/sockets/watchers.ts";
import { listen } from "../dialects/native/watching/watching.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";
import { type Read, reading } from "./reading.ts";

type Stub = ReturnType<typeof operationsOf>;

const common = { shard: 0, origin: "https://edge.test", mayCancel: false };
const all = { filter: { kinds: [], labels: [] } };
const later = (more = {}) => hanging({ startAfter: 3_600_000, ...more });

async function watch(stub: Stub, target: WatchCommand["target"]) {
  const headers = { upgrade: "websocket" };
  const { webSocket } = await stub.fetch(watchUrl({ ...common, target }), { headers });
  if (!webSocket) throw new Error("no socket");
  return listen(webSocket);
}

async function create(stub: Stub, asked = later()): Promise<string> {
  const reply = await stub.create(asked);
  if (reply.error) throw new Error(reply.error.message);
  return reply.op.id;
}

describe("Watchers", () => {
  it("outlive evictions of the object, and are told the end once", async () => {
    const stub = operationsOf("watchers-evicted");
    const id = await create(stub);
    const one = await watch(stub, { id });
    const tenant = await watch(stub, all);
    for (let n = 0; n < 3; n++) {
      await stub.stats();
      await evictDurableObject(stub, { webSockets: "hibernate" });
    }
    await stub.cancel(id);
    expect((await one.closed).code).toBe(1000);
    await eventually(() => expect(tenant.frames).toHaveLength(2));
    const versions = [1, 2];
    expect(one.frames.map(({ operation }) => operation.version)).toEqual(versions);
    expect(tenant.frames.map(({ operation }) => operation.version)).toEqual(versions);
    expect(tenant.socket.readyState).toBe(WebSocket.OPEN);
  });

  it("who comes while operations change misses none: a page that is full says resume", async () => {
    const stub = operationsOf("watchers-page");
    for (let n = 0; n < 21; n++) {
      await Promise.all(Array.from({ length: 50 }, () => create(stub)));
    }
    const first = await watch(stub, { ...all, since: 0 });
    expect((await first.closed).code).toBe(1012);
    expect(first.frames).toHaveLength(1_000);
    const stamp = Number.parseInt(first.frames.at(-1)?.position?.slice(2) ?? "", 36);
    const rest = await watch(stub, { ...all, since: stamp });
    await eventually(() => expect(rest.frames).toHaveLength(50));
    const ids = [...first.frames, ...rest.frames].map(({ operation }) => operation.id);
    expect(new Set(ids).size).toBe(1_050);
    const fresh = await watch(stub, all);
    await eventually(() => expect(fresh.frames).toHaveLength(1_000));
    expect(fresh.frames.at(-1)).toEqual(rest.frames.at(-1));
  });

  it("read no more than what is unfinished where they come, and than what has changed where they resume", async () => {
    const stub = operationsOf("watchers-read");
    for (let n = 0; n < 5; n++) {
      await Promise.all(Array.from({ length: 100 }, () => stub.create(command(), 5_000)));
    }
    const id = await create(stub);
    const first = await watch(stub, all);
    await eventually(() => expect(first.frames).toHaveLength(1));
    const stamp = Number.parseInt(first.frames[0]?.position?.slice(2) ?? "", 36);
    const few = async (told: () => Promise<Read>) => expect((await told()).rows).toBeLessThan(20);
    const comes = async () => {
      const watcher = await watch(stub, all);
      await eventually(() => expect(watcher.frames).toHaveLength(1));
      expect(watcher.frames[0]?.operation.id).toBe(id);
    };
    const resumes = async (since: number, changes: number) => {
      const watcher = await watch(stub, { ...all, since });
      if (changes > 0) await eventually(() => expect(watcher.frames).toHaveLength(changes));
    };
    const read = await reading(stub);
    await comes();
    await few(read);
    await stub.create(command(), 5_000);
    await read();
    await resumes(stamp, 1);
    await few(read);
    // In a life without changes, the first of each reads the map for all.
    await evictDurableObject(stub, { webSockets: "hibernate" });
    const readAgain = await reading(stub);
    await comes();
    await resumes(stamp, 1);
    await readAgain();
    await comes();
    await resumes(stamp + 1_024 * 60_000, 0);
    await few(readAgain);
  });

  it("resume with a filter for no more than without, in lives with and without changes", async () => {
    const stub = operationsOf("watchers-filtered");
    for (let n = 0; n < 5; n++) {
      await Promise.all(Array.from({ length: 100 }, () => stub.create(command(), 5_000)));
    }
    const first = await watch(stub, all);
    const printed = await create(stub, later({ labels: { does: "print" } }));
    await eventually(() => expect(first.frames).toHaveLength(1));
    const since = Number.parseInt(first.frames[0]?.position?.slice(2) ?? "", 36) - 1;
    for (let n = 0; n < 10; n++) await create(stub);
    const filter = { kinds: ["simulate"], labels: [["does", "print"]] } as const;
    const resumes = async () => {
      const { frames } = await watch(stub, { filter, since });
      await eventually(() =>
        expect(frames.map(({ operation }) => operation.id)).toEqual([printed]),
      );
    };
    for (const change of [async () => {}, () => create(stub)]) {
      await evictDurableObject(stub, { webSockets: "hibernate" });
      await change();
      const read = await reading(stub);
      // The first one reads the map for all.
      await resumes();
      const { rows } = await read();
      expect(rows).toBeGreaterThan(500);
      expect(rows).toBeLessThan(600);
      await resumes();
      expect((await read()).rows).toBeLessThan(50);
    }
  });

  it("one that is not heard from is cut off, and one that pings only after its lifetime", async () => {
    const stub = operationsOf("watchers-slow");
    const silent = await watch(stub, all);
    const pinging = await watch(stub, all);
    const big = { metadata: JSON.stringify({ note: "x".repeat(16_000) }) };
    const send = async (characters: number) => {
      for (let sent = 0; sent < characters; sent += 50 * 16_000) {
        pinging.socket.send("ping");
        await Promise.all(Array.from({ length: 50 }, () => create(stub, later(big))));
      }
    };
    await send(windowSize);
    expect((await silent.closed).code).toBe(4008);
    expect(pinging.socket.readyState).toBe(WebSocket.OPEN);
    const frames = Math.ceil(windowSize / 16_000);
    await eventually(() => expect(pinging.frames.length).toBeGreaterThanOrEqual(frames));
    await send(lifetime - windowSize);
    expect((await pinging.closed).code).toBe(1012);
  });

  it("waiters are not told what watchers are, nor closed with them", async () => {
    const stub = operationsOf("watchers-waiters");
    const id = await create(stub);
    const until = Date.now() + 60_000;
    const headers = { upgrade: "websocket" };
    const { webSocket } = await stub.fetch(`https://operations/?id=${id}&until=${until}`, {
      headers,
    });
    const waiter = listen(webSocket as WebSocket);
    const watcher = await watch(stub, { id });
    waiter.socket.send('{"type":"cancel"}');
    watcher.socket.send('{"type":"cancel"}');
    await eventually(() => expect(watcher.frames).toHaveLength(2));
    expect(watcher.frames[1]).toMatchObject({ error: { code: "forbidden" } });
    await stub.cancel(id);
    await watcher.closed;
    await waiter.closed;
    expect(waiter.texts).toHaveLength(2);
  });

  it("a finished operation is answered as JSON, without a socket", async () => {
    const stub = operationsOf("watchers-late");
    const reply = await stub.create(command({ input: "1" }), 1_000);
    if (reply.error) throw new Error(reply.error.message);
    const target = { id: reply.op.id };
    const response = await stub.fetch(watchUrl({ ...common, target }));
    expect(await response.json()).toMatchObject({ op: { status: "succeeded" }, result: "1" });
  });
});

describe("Sockets", () => {
  it("are refused at the limit, and room is found again once others have left", () => {
    const open: WebSocket[] = [];
    const sockets = new Sockets({ getWebSockets: () => [...open], acceptWebSocket: () => {} }, 2);
    for (let n = 0; n < 2; n++) {
      expect(sockets.isFull(0)).toBe(false);
      open.push({} as WebSocket);
      sockets.added();
    }
    expect(sockets.isFull(1_000)).toBe(true);
    open.pop();
    // At the limit they are counted once a second, not for each of a crowd.
    expect(sockets.isFull(1_999)).toBe(true);
    expect(sockets.isFull(2_000)).toBe(false);
    const one = { getWebSockets: () => [{} as WebSocket], acceptWebSocket: () => {} };
    expect(new Sockets(one, 1).isFull(0)).toBe(true);
  });
});
