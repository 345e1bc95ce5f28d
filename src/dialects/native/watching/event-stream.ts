import { type Pacing, paced } from "../../../base/streams/paced.ts";
import { decodePosition, encodePosition, type Position } from "../../../core/position.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import {
  decodeFrame,
  encodeAttemptEvent,
  encodeDeletedEvent,
  encodeEvent,
  type Frame,
} from "../../../core/watching/frames.ts";
import { leave } from "../../../map/listen.ts";
import { readFrames } from "../../../map/read-frames.ts";
import type { Opened } from "../../../map/watches.ts";
import { encodeMonitor } from "../monitor.ts";
import { Backlog } from "./backlog.ts";

/** heartbeat is how often a stream gives a sign of life, in milliseconds. */
export const heartbeat = 15_000;

/** maxBehind is how many characters wait for a reader before its sources are held back. */
export const maxBehind = 1024 * 1024;

/** Source is where frames come from: a socket of an object, and another once that has closed. */
export interface Source {
  readonly opened: Opened;
  /**
   * again opens it after what has been read.
   *
   * @param read the version of the operation, or how far the tenant's objects have been read
   */
  again(read: {
    version: number | undefined;
    position: Position;
  }): Promise<Opened | Reply<Snapshot>>;
}

/** StreamOptions says how a stream of events begins and ends. */
export interface StreamOptions {
  /** Whether it is about one operation: IDs are versions, and its terminal event is the last. */
  readonly isOne: boolean;
  /** The base of the URLs in the events. */
  readonly base: string;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  /** How it is streamed and ended. */
  readonly pacing: (leave: () => void) => Pacing;
}

/**
 * eventStream writes the frames of objects' sockets as server-sent events, as the client reads them; the heartbeat is
 * this Worker's own, and the objects may sleep. If the client falls behind, the sockets are closed, and opened again
 * after what has been read of them once it has caught up: it is not cut off, and costs no more. The same happens if an
 * object closes a socket.
 */
export function eventStream(
  sources: readonly Source[],
  { isOne, base, signal, pacing }: StreamOptions,
): ReadableStream<Uint8Array> {
  const backlog = new Backlog<Frame>();
  const position = new Map(sources.flatMap(({ opened }) => [...opened.position]));
  /** How far the sources have been read; the position is how far the client has received them. */
  const read = { version: undefined as number | undefined, position: new Map(position) };
  let note = position.size > 0 ? `id: ${encodePosition(position)}\n\n` : ": watching\n\n";
  let isOver = false;
  let isHeld = false;
  let wake = () => {};
  /** Stops the reading of each source; absent if it has closed or is held back. */
  const stops = new Map<Source, () => void>();
  /** Sources that are being opened again; each is opened once, however often its client catches up meanwhile. */
  const resuming = new Set<Source>();

  const stop = () => {
    for (const end of stops.values()) end();
    stops.clear();
  };
  const end = () => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    signal.removeEventListener("abort", abandon);
    stop();
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

  let count = 0;
  const take = (frame: Frame, size: number) => {
    // Of an operation the latest state is enough, but each log line is a separate one.
    if (frame.type === "attempt") backlog.push({ ...frame, id: `attempt ${count++}` }, size);
    else backlog.push(frame, size);
    for (const [shard, stamp] of placeOf(frame)) read.position.set(shard, stamp);
    if (frame.type === "operation") read.version = frame.version;
    if (isOne && frame.type === "operation" && frame.isTerminal) end();
    else if (backlog.size > maxBehind) {
      isHeld = true;
      stop();
    }
    wake();
  };
  const listen = (source: Source, { socket }: Opened) => {
    let isFruitful = false;
    const stopReading = readFrames(
      socket,
      (text) => {
        const frame = decodeFrame(text);
        if (!frame || isOver || isHeld) return;
        isFruitful = true;
        take(frame, text.length);
      },
      () => {
        stops.delete(source);
        // If a source sends nothing, that is left to the client's own patience.
        if (isFruitful && !isHeld) void resume(source);
        else if (!isHeld) end();
      },
    );
    stops.set(source, stopReading);
  };
  const resume = async (source: Source) => {
    if (resuming.has(source)) return;
    resuming.add(source);
    try {
      const next = await source.again(read);
      if ("socket" in next) {
        if (isOver || isHeld) leave(next.socket);
        else listen(source, next);
      } else if (next.error) end();
      else {
        const text = encodeMonitor(next, base);
        const { id, version } = next.op;
        const frame = { type: "operation", monitor: text, id, version, isTerminal: true } as const;
        if (version > (read.version ?? 0)) take(frame, text.length);
        end();
      }
    } catch {
      // The object restarts or is gone: the client resumes.
      end();
    } finally {
      resuming.delete(source);
    }
  };
  for (const source of sources) listen(source, source.opened);
  signal.addEventListener("abort", abandon);
  if (signal.aborted) abandon();

  /** What is to be written next, or undefined if there is nothing yet. */
  const next = (): string | undefined => {
    if (note !== "") {
      const text = note;
      note = "";
      return text;
    }
    const frame = backlog.shift();
    if (isHeld && !isOver && backlog.size <= maxBehind / 2) {
      isHeld = false;
      for (const source of sources) void resume(source);
    }
    if (!frame) return undefined;
    for (const [shard, stamp] of placeOf(frame)) position.set(shard, stamp);
    const place = encodePosition(position);
    if (frame.type === "attempt") return encodeAttemptEvent(frame.text);
    if (frame.type === "deleted") return encodeDeletedEvent(place, frame.id);
    return encodeEvent(isOne ? String(frame.version) : place, frame.monitor);
  };

  const events = async function* () {
    for (;;) {
      const text = next();
      if (text !== undefined) yield text;
      else if (isOver) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  };
  return paced(events(), pacing(abandon));
}

function placeOf({ position = "" }: Frame): Position {
  return decodePosition(position) ?? new Map();
}
