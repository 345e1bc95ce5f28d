import { failure } from "../core/errors.ts";
import { decodePosition, encodePosition } from "../core/position.ts";
import {
  CloseCode,
  decodeFrame,
  decodeMessage,
  encodeErrorFrame,
  encodePositionFrame,
  isTooLong,
  type Message,
  repositioned,
} from "../protocols/native/watch-frames.ts";
import type { Opened } from "./open-watch.ts";
import { readFrames } from "./read-frames.ts";

/** window is how much is sent to a reader that is not heard from, in characters. */
export const window = 1024 * 1024;

/** lifetime is how much is sent to one socket in all, in characters; then its watcher resumes on another. */
export const lifetime = 8 * window;

/** maxHeld is how much this Worker may have sent to all readers since it last heard of each, in characters. */
export const maxHeld = 32 * window;

/** grace is how long a client has to answer a Close, in milliseconds; then its connection is cut. */
export const grace = 500;

let held = 0;

/** Relaying says what is relayed, and how its connection is cut. */
export interface Relaying {
  /** Those of one operation, a single one, or those of each object of a tenant. */
  readonly sources: readonly Opened[];
  readonly isOne: boolean;
  /** Ends this request at once, with its sockets and all that waits in them. */
  readonly cut: () => void;
  /** Lets this Worker go on until the promise settles. */
  readonly keepAwake: (promise: Promise<unknown>) => void;
}

/**
 * relay returns the far end of a WebSocket that is told what objects' sockets tell. A hibernating
 * socket of an object would do for one object, but ends only when the object is evicted where its
 * client never sent anything, and keeps what a client does not read; this one ends with its Close.
 *
 * - R1. A client that is not heard from (`ping`) is sent `window` characters and one frame, no more:
 *   then it is cut off, and what waits for it is freed. So it is where all clients of this Worker
 *   together have taken `maxHeld` and were not heard from, and it has most of a window. As one can ping
 *   and not read, there is a `lifetime` too.
 * - R2. What a client says that asks for nothing wakes no object: it is refused here.
 * - R3. Where one of several objects breaks off the watch ends, so that its reader resumes all. The
 *   positions speak for all of them.
 */
export function relay({ sources, isOne, cut, keepAwake }: Relaying): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  const position = new Map(sources.flatMap((source) => [...source.position]));
  let sent = 0;
  let total = 0;
  let isOver = false;
  let closed = () => {};
  server.accept();

  const end = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    held -= sent;
    for (const stop of stops) stop();
    const hasClosed = new Promise<boolean>((resolve) => {
      closed = () => resolve(true);
    });
    server.close(code, reason);
    keepAwake(
      Promise.race([hasClosed, scheduler.wait(grace).then(() => false)]).then((isClosed) => {
        if (!isClosed) cut();
      }),
    );
  };
  const heardFrom = () => {
    held -= sent;
    sent = 0;
  };
  const send = (text: string) => {
    const isCrowded = held > maxHeld && sent > window / 2;
    if (sent > window || isCrowded) return end(CloseCode.slow, "too slow: send ping, and resume");
    if (total > lifetime) return end(CloseCode.resume, "long enough: resume");
    sent += text.length;
    total += text.length;
    held += text.length;
    server.send(text);
  };
  const tell = (text: string) => {
    if (isOver) return;
    const frame = sources.length > 1 ? decodeFrame(text) : undefined;
    if (!frame) return send(text);
    for (const [shard, stamp] of decodePosition(frame.position ?? "") ?? []) {
      position.set(shard, stamp);
    }
    send(repositioned(frame, encodePosition(position)));
  };
  if (!isOne) send(encodePositionFrame(encodePosition(position)));
  const stops = sources.map(({ socket }) =>
    readFrames(socket, tell, (code, reason) => end(code, reason)),
  );
  server.addEventListener("message", ({ data }) => {
    if (isOver) return;
    const message = data as Message;
    if (isTooLong(message)) return end(CloseCode.tooBig, "message too big");
    const heard = decodeMessage(message);
    const [source] = sources;
    if (heard.type === "ping") {
      heardFrom();
      send(message === "ping" ? "pong" : '{"type":"pong"}');
    } else if (heard.type === "cancel" && isOne && source) {
      source.socket.send('{"type":"cancel"}');
    } else {
      const text = "Watch one operation to cancel it by its socket";
      const refused = "failure" in heard ? heard.failure : failure("validation-failed", text);
      send(encodeErrorFrame(refused));
    }
  });
  const leave = () => {
    end(CloseCode.done, "done");
    closed();
  };
  server.addEventListener("close", leave);
  server.addEventListener("error", leave);
  return client;
}
