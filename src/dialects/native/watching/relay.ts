import { failure } from "../../../core/errors.ts";
import { decodePosition, encodePosition } from "../../../core/position.ts";
import {
  CloseCode,
  decodeFrame,
  decodeMessage,
  encodeErrorFrame,
  encodePongFrame,
  encodePositionFrame,
  isTooLong,
  type Message,
  repositioned,
} from "../../../core/watching/frames.ts";
import { readFrames } from "../../../map/read-frames.ts";
import type { Opened } from "../../../map/watches.ts";

/** windowSize is how many characters are sent to a reader that has not acknowledged them. */
export const windowSize = 1024 * 1024;

/** marks is how many pongs a reader may still acknowledge. */
const marks = 16;

/** maxHeld is how many unacknowledged characters this Worker may have sent to all readers together. */
export const maxHeld = 32 * windowSize;

/** grace is how long a client has to respond to a Close, in milliseconds; then its connection is cut. */
export const grace = 500;

let held = 0;

/** Relaying says what is relayed, and how to cut the connection. */
export interface Relaying {
  /** The sockets: of one operation a single one, or one of each object of a tenant. */
  readonly sources: readonly Opened[];
  readonly isOne: boolean;
  /** Ends this request immediately, with its sockets and everything that waits in them. */
  readonly cut: () => void;
  /** Keeps this Worker running until the promise settles. */
  readonly keepAwake: (promise: Promise<unknown>) => void;
}

/**
 * relay returns the far end of a WebSocket that receives the frames of objects' sockets. For one object, its
 * hibernating socket would be enough, but if the client never sent anything, that closes only when the object is
 * evicted, and it keeps what a client does not read; this one closes with its Close.
 *
 * - R1. A client is sent at most `windowSize` characters and one frame more than it has acknowledged: then it is cut
 *   off, and what waits for it is freed. The same happens if all clients of this Worker together have been sent
 *   `maxHeld` that they have not acknowledged, and this one most of a window.
 * - R2. A client acknowledges by something that it can only know if it has read it: the response to a ping in JSON has
 *   a new `seen`, and the next ping that repeats it acknowledges everything sent before. As a client can ping without
 *   reading, any other ping acknowledges nothing; a client that only sends such pings resumes once its window is full.
 * - R3. A client's message that asks for nothing does not wake an object: it is refused here.
 * - R4. If one of several objects breaks off, the watch ends, so that its reader resumes all of them. The positions are
 *   about all of them together.
 */
export function relay({ sources, isOne, cut, keepAwake }: Relaying): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  const position = new Map(sources.flatMap((source) => [...source.position]));
  /** How much has been sent, and how much of that has certainly been read. */
  let total = 0;
  let read = 0;
  /** How much had been sent before each of the latest pongs, by their `seen`. */
  const pongs = new Map<string, number>();
  let isHeard = false;
  let isOver = false;
  let closed = () => {};
  server.accept();

  const end = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    held -= total - read;
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
  const acknowledge = (seen: string) => {
    const known = pongs.get(seen);
    if (known === undefined || known <= read) return;
    held -= known - read;
    read = known;
    isHeard = false;
  };
  const send = (text: string) => {
    const ahead = total - read;
    if (ahead > windowSize || (held > maxHeld && ahead > windowSize / 2)) {
      const [code, how] = isHeard
        ? [CloseCode.resume, "long enough"]
        : [CloseCode.slow, "too slow"];
      return end(code, `${how}: acknowledge pongs with ping, and resume`);
    }
    total += text.length;
    held += text.length;
    server.send(text);
  };
  const pong = () => {
    const seen = crypto.randomUUID();
    pongs.set(seen, total);
    for (const oldest of pongs.keys()) {
      if (pongs.size <= marks) break;
      pongs.delete(oldest);
    }
    send(encodePongFrame(seen));
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
      isHeard = true;
      if (heard.seen !== undefined) acknowledge(heard.seen);
      if (message === "ping") send("pong");
      else pong();
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
