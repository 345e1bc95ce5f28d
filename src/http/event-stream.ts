import { decodePosition, encodePosition, type Position } from "../core/position.ts";
import {
  decodeFrame,
  encodeDeletedEvent,
  encodeEvent,
  type Frame,
} from "../protocols/native/watch-frames.ts";
import { Backlog } from "./backlog.ts";
import type { Opened } from "./open-watch.ts";
import { readFrames } from "./read-frames.ts";

/** heartbeat is how often a stream says that it is alive, in milliseconds. */
export const heartbeat = 15_000;

/** maxBehind is how far behind a reader may fall before it is cut off, in characters. */
export const maxBehind = 4 * 1024 * 1024;

/** What a reader is told last that has fallen too far behind; it resumes after what it has read. */
const tooSlow =
  'event: error\ndata: {"code":"unavailable","message":"Read too slowly; resume"}\n\n';

/** StreamOptions say how a stream of events begins and ends. */
export interface StreamOptions {
  /** Whether it is about one operation: ids are versions, and its terminal event is the last. */
  readonly isOne: boolean;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/**
 * eventStream writes what objects' sockets tell as server-sent events. The client is written to as
 * it reads; the heartbeat is this Worker's own, and the objects may sleep.
 */
export function eventStream(
  sources: readonly Opened[],
  { isOne, signal }: StreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const backlog = new Backlog<Frame>();
  const position = new Map(sources.flatMap((source) => [...source.position]));
  let note = position.size > 0 ? `id: ${encodePosition(position)}\n\n` : ": watching\n\n";
  let last = "";
  let isOver = false;
  let wake = () => {};

  const end = (farewell = "") => {
    if (isOver) return;
    isOver = true;
    last = farewell;
    clearInterval(timer);
    signal.removeEventListener("abort", abandon);
    for (const stop of stops) stop();
    wake();
  };
  const abandon = () => {
    backlog.clear();
    end();
  };
  const timer = setInterval(() => {
    // One that nobody has read yet says as much as two.
    note ||= ": heartbeat\n\n";
    wake();
  }, heartbeat);
  const stops = sources.map(({ socket }) =>
    readFrames(
      socket,
      (text) => {
        const frame = decodeFrame(text);
        if (!frame || isOver) return;
        backlog.push(frame, text.length);
        if (backlog.size > maxBehind) {
          backlog.clear();
          end(tooSlow);
        } else if (isOne && frame.type === "operation" && frame.isTerminal) end();
        wake();
      },
      () => end(),
    ),
  );
  signal.addEventListener("abort", abandon);
  if (signal.aborted) abandon();

  /** What is next to be written, or undefined for nothing yet. */
  const next = (): string | undefined => {
    if (note !== "") {
      const text = note;
      note = "";
      return text;
    }
    const frame = backlog.shift();
    if (!frame) {
      const text = last === "" ? undefined : last;
      last = "";
      return text;
    }
    for (const [shard, stamp] of placeOf(frame)) position.set(shard, stamp);
    const place = encodePosition(position);
    if (frame.type === "deleted") return encodeDeletedEvent(place, frame.id);
    return encodeEvent(isOne ? String(frame.version) : place, frame.monitor);
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const text = next();
          if (text !== undefined) return controller.enqueue(encoder.encode(text));
          if (isOver) return controller.close();
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      cancel: abandon,
    },
    { highWaterMark: 0 },
  );
}

function placeOf({ position = "" }: Frame): Position {
  return decodePosition(position) ?? new Map();
}
