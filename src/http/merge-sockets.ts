import { failure } from "../core/errors.ts";
import { decodePosition, encodePosition } from "../core/position.ts";
import {
  CloseCode,
  decodeFrame,
  decodeMessage,
  encodeErrorFrame,
  repositioned,
} from "../protocols/native/watch-frames.ts";
import type { Opened } from "./open-watch.ts";
import { readFrames } from "./read-frames.ts";

/** window is how much is sent to a reader that is not heard from, in characters. */
const window = 16 * 1024 * 1024;

/**
 * mergeSockets makes one WebSocket of those of several shards. Its positions speak for all of them;
 * where one breaks off, it ends, so that its reader resumes all.
 */
export function mergeSockets(shards: readonly Opened[]): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  const position = new Map(shards.flatMap((shard) => [...shard.position]));
  let sent = 0;
  let isOver = false;
  server.accept();
  const stops = shards.map(({ socket }) =>
    readFrames(
      socket,
      (text) => {
        const frame = decodeFrame(text);
        if (!frame || isOver) return;
        const place = decodePosition(frame.position ?? "") ?? [];
        for (const [shard, stamp] of place) position.set(shard, stamp);
        const merged = repositioned(frame, encodePosition(position));
        sent += merged.length;
        if (sent > window) end(CloseCode.slow, "too slow: send ping, and resume");
        else server.send(merged);
      },
      () => end(CloseCode.resume, "resume"),
    ),
  );
  const end = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    for (const stop of stops) stop();
    server.close(code, reason);
  };
  server.addEventListener("message", ({ data }) => {
    if (isOver) return;
    const heard = decodeMessage(data as string | ArrayBuffer);
    if (heard.type === "ping") {
      sent = 0;
      server.send(data === "ping" ? "pong" : '{"type":"pong"}');
    } else {
      const text = "Watch one operation to cancel it by its socket";
      const refused = "failure" in heard ? heard.failure : failure("validation-failed", text);
      server.send(encodeErrorFrame(refused));
    }
  });
  server.addEventListener("close", () => end(CloseCode.done, "done"));
  server.addEventListener("error", () => end(CloseCode.done, "done"));
  return client;
}
