import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Client, type Monitor } from "../e2e/client.ts";
import { type Served, startServed } from "../e2e/served.ts";

// The WebSocket of npm's `ws`, unmodified.

let served: Served;
let client: Client;
beforeAll(async () => {
  served = await startServed({ env: { ALLOWED_ORIGINS: "https://app.test" } });
  client = new Client(served.url);
});
afterAll(async () => {
  await served.stop();
});

interface Watching {
  readonly socket: WebSocket;
  readonly frames: { readonly type: string; readonly operation: Monitor }[];
  readonly texts: string[];
}

function watch(path: string, more: Record<string, string> = {}): Watching {
  const url = `${served.url.replace("http", "ws")}/api/v1${path}`;
  const headers = { authorization: `Bearer ${client.token}`, ...more };
  const socket = new WebSocket(url, "operations.v1", { headers });
  const frames: Watching["frames"] = [];
  const texts: string[] = [];
  socket.on("message", (data) => {
    const text = String(data);
    texts.push(text);
    if (text.startsWith("{")) frames.push(JSON.parse(text));
  });
  return { socket, frames, texts };
}

async function create(input: object): Promise<Monitor> {
  const { body } = await client.create({ kind: "simulate", input });
  return body;
}

describe("ws", () => {
  it("watches an operation to its end, which closes the socket", async () => {
    const { id } = await create({ duration: "1s", steps: 4, value: "done" });
    const { socket, frames } = watch(`/operations/${id}/watch`);
    // The close frame comes at once either way. For a reader that never said anything the connection
    // under it has been seen to stay until the object is evicted; why is not known.
    socket.on("open", () => socket.send("ping"));
    const [code] = await once(socket, "close");
    expect([code, socket.protocol]).toEqual([1000, "operations.v1"]);
    expect(frames.at(-1)).toMatchObject({ type: "operation", operation: { status: "succeeded" } });
    const versions = frames.map(({ operation }) => operation.version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it("cancels, pings, and of a finished operation is told the end at once", async () => {
    const { id } = await create({ outcome: "hang" });
    const { socket, texts, frames } = watch(`/operations/${id}/watch`);
    await once(socket, "open");
    socket.send("ping");
    await expect.poll(() => texts).toContain("pong");
    socket.send('{"type":"cancel"}');
    expect((await once(socket, "close"))[0]).toBe(1000);
    expect(frames.at(-1)?.operation).toMatchObject({ status: "canceled" });
    const late = watch(`/operations/${id}/watch`);
    expect((await once(late.socket, "close"))[0]).toBe(1000);
    expect(late.frames.map(({ operation }) => operation.status)).toEqual(["canceled"]);
  });

  it("watches every operation of the tenant", async () => {
    const { socket, frames } = watch("/watch?kind=simulate&label=none:such");
    const all = watch("/watch?kind=simulate");
    await Promise.all([once(socket, "open"), once(all.socket, "open")]);
    const { id } = await create({ duration: "100ms" });
    const statuses = () =>
      all.frames.flatMap(({ operation }) => (operation.id === id ? [operation.status] : []));
    await expect.poll(statuses, { timeout: 10_000 }).toEqual(["running", "succeeded"]);
    expect(frames).toEqual([]);
    for (const one of [socket, all.socket]) one.close();
  });

  it.each([
    [{ authorization: "" }, 401],
    [{ origin: "https://evil.test" }, 403],
  ])("is refused with %j", async (headers, status) => {
    const { socket } = watch("/watch", headers as Record<string, string>);
    const [error] = await once(socket, "error");
    expect((error as Error).message).toBe(`Unexpected server response: ${status}`);
  });
});
