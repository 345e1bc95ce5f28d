import { afterEach, describe, expect, test, vi } from "vitest";
import { encodeDeletedFrame } from "../../../../src/core/watching/frames.ts";
import { maxHeld, relay, windowSize } from "../../../../src/dialects/native/watching/relay.ts";
import { eventually } from "../../../eventually.ts";

const open: WebSocket[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.close(1000, "over");
});

/** A relay, the object's side of what it relays, and its client's, which has not been accepted yet. */
function relaying(isOne = true) {
  const { 0: near, 1: object } = new WebSocketPair();
  const closed = new Promise<number>((resolve) => {
    object.addEventListener("close", ({ code }) => resolve(code));
  });
  object.accept();
  const cut = vi.fn();
  const pending: Promise<unknown>[] = [];
  const client = relay({
    sources: [{ socket: near, position: new Map([[0, 1]]) }],
    isOne,
    cut,
    keepAwake: (promise) => pending.push(promise),
  });
  return { object, closed, cut, client, pending };
}

/** Reads a client's side, and how it was closed. */
function reading(client: WebSocket) {
  const texts: string[] = [];
  client.addEventListener("message", ({ data }) => texts.push(String(data)));
  const closed = new Promise<number>((resolve) => {
    client.addEventListener("close", ({ code }) => resolve(code));
  });
  client.accept();
  open.push(client);
  return { texts, closed };
}

const frame = "x".repeat(64 * 1024);

describe("relay", () => {
  test("who does not read is sent a window and is cut off, and the object is told", async () => {
    const { object, closed, cut, pending } = relaying();
    for (let sent = 0; sent <= windowSize + frame.length; sent += frame.length) object.send(frame);
    expect(await closed).toBe(1000);
    await Promise.all(pending);
    expect(cut).toHaveBeenCalledOnce();
  });

  test("who shows that it reads is sent everything, and is not closed", async () => {
    const { object, cut, client, pending } = relaying();
    const { texts } = reading(client);
    let seen: string | undefined;
    const count = (12 * windowSize) / frame.length;
    for (let sent = 0; sent < count; sent++) {
      object.send(frame);
      client.send(JSON.stringify({ type: "ping", seen }));
      await eventually(() => expect(texts.at(-1)).toMatch(/^\{"type":"pong"/));
      seen = JSON.parse(texts.pop() ?? "").seen;
    }
    expect(texts).toHaveLength(count);
    expect([client.readyState, pending, cut.mock.calls]).toEqual([WebSocket.OPEN, [], []]);
  });

  test.each([
    ["a bare ping", () => "ping"],
    ["a ping that says nothing", () => '{"type":"ping"}'],
    ["what it made up", () => JSON.stringify({ type: "ping", seen: crypto.randomUUID() })],
  ])("who pings without reading, by %s, is sent no more than a window", async (_, ping) => {
    const { object, client } = relaying();
    const { texts, closed } = reading(client);
    for (let sent = 0; sent < 8 * windowSize; sent += frame.length) {
      object.send(frame);
      client.send(ping());
    }
    expect(await closed).toBe(1012);
    expect(texts.join("").length).toBeLessThanOrEqual(windowSize + frame.length);
  });

  test("what is acknowledged once, or too late, acknowledges nothing more", async () => {
    const { object, client } = relaying();
    const { texts, closed } = reading(client);
    const ping = (seen?: string) => client.send(JSON.stringify({ type: "ping", seen }));
    const told = () =>
      texts.flatMap((text) => (text.startsWith('{"type":"pong"') ? [JSON.parse(text).seen] : []));
    for (let pong = 0; pong < 20; pong++) ping();
    await eventually(() => expect(told()).toHaveLength(20));
    const [tooOld, latest] = [told().at(0), told().at(-1)];
    for (let sent = 0; sent < 8 * windowSize; sent += frame.length) {
      object.send(frame);
      for (const one of [tooOld, latest]) ping(one);
    }
    expect(await closed).toBe(1012);
    expect(texts.join("").length).toBeLessThanOrEqual(windowSize + 2 * frame.length);
  });

  test("a message longer than any that can be meant closes a watch of all too", async () => {
    const { client } = relaying(false);
    const { closed } = reading(client);
    client.send("x".repeat(5_000));
    expect(await closed).toBe(1009);
  });

  test("who only reads is closed as slow after a window, and may resume", async () => {
    const { object, client, cut, pending } = relaying();
    const { texts, closed } = reading(client);
    for (let sent = 0; sent <= windowSize + frame.length; sent += frame.length) object.send(frame);
    expect(await closed).toBe(4008);
    await Promise.all(pending);
    expect(cut).not.toHaveBeenCalled();
    expect(texts.join("").length).toBeLessThanOrEqual(windowSize + frame.length);
  });

  test("all together who do not read are held to a total", async () => {
    const share = 0.9 * windowSize;
    const many = Array.from({ length: Math.ceil(maxHeld / share) + 2 }, () => relaying());
    const piece = "x".repeat(share / 9);
    for (let part = 0; part < 9; part++) for (const { object } of many) object.send(piece);
    await eventually(() => {
      const pending = many.flatMap((one) => one.pending);
      expect(pending.length).toBeGreaterThan(0);
    });
    const dropped = many.filter((one) => one.pending.length > 0);
    await Promise.all(dropped.flatMap((one) => one.pending));
    for (const { cut } of dropped) expect(cut).toHaveBeenCalledOnce();
    expect(dropped.length).toBeLessThan(many.length);
    for (const { object } of many) object.close(1000, "over");
    await eventually(() => expect(many.every((one) => one.pending.length > 0)).toBe(true));
    // What they had counts no more.
    const { object, client } = relaying();
    const { texts } = reading(client);
    for (let part = 0; part < 8; part++) object.send(piece);
    await eventually(() => expect(texts).toHaveLength(8));
  });

  test("an object that closes is passed on, one that breaks off says resume", async () => {
    for (const [code, expected] of [
      [1000, 1000],
      [1009, 1009],
      [4008, 4008],
      [1011, 1012],
    ] as const) {
      const { object, client } = relaying();
      const { closed } = reading(client);
      object.close(code, "why");
      expect(await closed).toBe(expected);
    }
  });

  test("what a client says of one operation reaches the object, and its leaving too", async () => {
    const { object, closed, client } = relaying();
    const heard: unknown[] = [];
    object.addEventListener("message", ({ data }) => heard.push(data));
    const { texts } = reading(client);
    client.send('{"type":"cancel"}');
    client.send("ping");
    await eventually(() => expect(texts).toEqual(["pong"]));
    expect(heard).toEqual(['{"type":"cancel"}']);
    client.close(1000, "enough");
    expect(await closed).toBe(1000);
  });

  test.each([true, false])(
    "what asks for nothing wakes no object, and is refused here (of one: %s)",
    async (isOne) => {
      const { object, client, closed: left } = relaying(isOne);
      const heard: unknown[] = [];
      object.addEventListener("message", ({ data }) => heard.push(data));
      const { texts, closed } = reading(client);
      const junk = ["", "{}", '{"type":["cancel"]}', new Uint8Array([1]), "x".repeat(4_096)];
      for (const message of junk) client.send(message);
      const before = isOne ? 0 : 1;
      await eventually(() => expect(texts).toHaveLength(before + junk.length));
      const bytes = texts.slice(before).map((text) => JSON.parse(text).error)[3];
      expect(bytes).toMatchObject({ code: "validation-failed" });
      expect(bytes.message).toContain("not bytes");
      client.send(new Uint8Array(4_097));
      expect(await closed).toBe(1009);
      expect(await left).toBe(1000);
      expect(heard).toEqual([]);
    },
  );

  test("a tenant's watch begins with its position, and a deletion is passed on", async () => {
    const { object, client } = relaying(false);
    const { texts } = reading(client);
    const deleted = encodeDeletedFrame("a", "0.2");
    object.send(deleted);
    await eventually(() => expect(texts).toHaveLength(2));
    expect(texts).toEqual(['{"type":"position","position":"0.1"}', deleted]);
  });
});
