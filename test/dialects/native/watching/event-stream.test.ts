import { describe, expect, test, vi } from "vitest";
import {
  eventStream,
  maxBehind,
  type Source,
} from "../../../../src/dialects/native/watching/event-stream.ts";
import type { Opened } from "../../../../src/map/watches.ts";
import { eventually } from "../../../eventually.ts";

/** An object's socket as a stream gets it, and the object's side of it. */
function socketOf(shard: number): { readonly opened: Opened; readonly object: WebSocket } {
  const { 0: socket, 1: object } = new WebSocketPair();
  object.accept();
  return { opened: { socket, position: new Map([[shard, 1]]) }, object };
}

/** The frame of one operation of an object, so large that five are more than a client may be behind. */
function frame(shard: number, stamp: number): string {
  const operation = { id: `${shard}-${stamp}`, kind: "echo", status: "running", version: 1 };
  const metadata = "x".repeat(maxBehind / 4);
  const position = `${shard.toString(36)}.${stamp.toString(36)}`;
  return `{"type":"operation","position":"${position}","operation":${JSON.stringify({ ...operation, metadata })}}`;
}

describe("eventStream", () => {
  test("opens a source again once, however often its client falls behind and catches up meanwhile", async () => {
    const [first, second] = [socketOf(0), socketOf(1)];
    const late = Promise.withResolvers<Opened>();
    const slow = vi.fn<Source["again"]>(() => late.promise);
    let quick = second;
    const opened: WebSocket[] = [];
    const again = vi.fn<Source["again"]>(async () => {
      quick = socketOf(1);
      opened.push(quick.object);
      return quick.opened;
    });
    const leaving = new AbortController();
    const sources = [
      { opened: first.opened, again: slow },
      { opened: second.opened, again },
    ];
    const options = {
      isOne: false,
      base: "https://edge.test/api",
      signal: leaving.signal,
      pacing: (leave: () => void) => ({ leave }),
    };
    const reader = eventStream(sources, options).getReader();
    await reader.read();
    for (let stamp = 2, round = 1; round <= 3; round++) {
      const { object } = quick;
      for (let sent = 0; sent < 6; sent++) object.send(frame(1, stamp++));
      // It is held back: its socket is closed, and opened again once enough has been read.
      await new Promise((resolve) => object.addEventListener("close", resolve));
      while (again.mock.calls.length < round) await reader.read();
      await eventually(() => expect(opened).toHaveLength(round));
    }
    expect(slow).toHaveBeenCalledOnce();
    const third = socketOf(0);
    late.resolve(third.opened);
    const closed = new Promise((resolve) => third.object.addEventListener("close", resolve));
    leaving.abort();
    await closed;
  });
});
