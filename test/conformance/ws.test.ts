import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Monitor } from "../e2e/client.ts";
import { serving } from "../e2e/serving.ts";

// The WebSocket of npm's `ws`, unmodified.

const on = serving({ env: { ALLOWED_ORIGINS: "https://app.test" } });

interface Watching {
  readonly socket: WebSocket;
  readonly frames: { readonly type: string; readonly operation: Monitor }[];
  readonly texts: string[];
}

function watch(path: string, more: Record<string, string> = {}): Watching {
  const url = `${on.served.url.replace("http", "ws")}/api/v1${path}`;
  const headers = { authorization: `Bearer ${on.client.token}`, ...more };
  const socket = new WebSocket(url, "operations.v1", { headers });
  const frames: Watching["frames"] = [];
  const texts: string[] = [];
  socket.on("message", (data) => {
    const text = String(data);
    texts.push(text);
    if (!text.startsWith("{")) return;
    const frame = JSON.parse(text);
    // What a tenant's watch begins with is not about an operation.
    if (frame.type !== "position") frames.push(frame);
  });
  return { socket, frames, texts };
}

async function create(input: object): Promise<Monitor> {
  const { body } = await on.client.create({ kind: "simulate", input });
  return body;
}

describe("ws", () => {
  // An object's own socket would end with the eviction of the object, ten seconds later.
  const prompt = 8_000;

  it(
    "watches an operation to its end without a word, and its connection closes at once",
    async () => {
      const { id } = await create({ duration: "1s", steps: 4, value: "done" });
      const { socket, frames } = watch(`/operations/${id}/watch`);
      const [code] = await once(socket, "close");
      expect([code, socket.protocol]).toEqual([1000, "operations.v1"]);
      expect(frames.at(-1)).toMatchObject({ operation: { status: "succeeded" } });
      const versions = frames.map(({ operation }) => operation.version);
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    },
    prompt,
  );

  it(
    "a tenant's watch that never said a word closes at once when its client asks for that",
    async () => {
      const { socket } = watch("/watch");
      await once(socket, "open");
      socket.close();
      expect((await once(socket, "close"))[0]).toBe(1005);
    },
    prompt,
  );

  it(
    "Node's own WebSocket, which says nothing, is closed at once too",
    async () => {
      const { id } = await create({ duration: "500ms" });
      const url = `${on.served.url.replace("http", "ws")}/api/v1/operations/${id}/watch`;
      // Node takes headers beside the protocols.
      const options = {
        protocols: ["operations.v1"],
        headers: { authorization: `Bearer ${on.client.token}` },
      };
      const socket = new globalThis.WebSocket(url, options as unknown as string[]);
      const code = await new Promise((resolve) => {
        socket.addEventListener("close", (event) => resolve(event.code));
      });
      expect(code).toBe(1000);
    },
    prompt,
  );

  it("a client that never answers the Close is cut off, and no error is logged of it", async () => {
    const { id } = await create({ duration: "500ms" });
    const { host, hostname, port } = new URL(on.served.url);
    const socket = connect(Number(port), hostname);
    const lines = [
      `GET /api/v1/operations/${id}/watch HTTP/1.1`,
      `Host: ${host}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      `Authorization: Bearer ${on.client.token}`,
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    socket.resume();
    await once(socket, "close");
    expect(on.served.stderr.filter((line) => /^Uncaught|"level":"error"/.test(line))).toEqual([]);
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
    const { id } = await create({ outcome: "hang" });
    const statuses = () =>
      all.frames.flatMap(({ operation }) => (operation.id === id ? [operation.status] : []));
    // What would end by itself could have ended before it is told that it runs.
    await expect.poll(statuses).toEqual(["running"]);
    await on.client.cancel(id);
    await expect.poll(() => statuses().at(-1)).toBe("canceled");
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
