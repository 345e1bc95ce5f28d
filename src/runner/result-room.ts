import { joined } from "../base/bytes.ts";
import { withReader } from "../base/streams/read-stream.ts";
import { largeFrom, maxResult as mostInMap } from "../core/limits.ts";
import type { Upload } from "../core/operation/large.ts";
import { OperationFailure } from "../kinds/kind.ts";
import { brokenOff } from "../kinds/playable.ts";

/** ResultRoom is where the result of an attempt is stored. */
export interface ResultRoom {
  /** How large it may be, in bytes. */
  readonly maxResult: number;
  /** Aborts when the attempt should end, if its work has used its signal. */
  readonly started?: AbortSignal | undefined;
  /** listen returns a signal that aborts when the attempt should end; it asks the object if nothing has asked yet. */
  listen(): AbortSignal;
  /** Where a large result is stored; without it, every result is stored in the map. */
  readonly bucket?: ResultBucket | undefined;
}

/** ResultBucket is the bucket for one attempt to write to. */
export interface ResultBucket {
  /** begin reserves a place for the result; undefined if the object runs code that does not know of buckets. */
  begin(mediaType: string): Promise<Upload | undefined>;
  /** write writes a body, and returns its size; undefined if it is too large. */
  write(upload: Upload, body: LargeBody): Promise<number | undefined>;
}

/** LargeBody returns the next bytes of a body, and undefined at its end. */
export type LargeBody = () => Promise<Uint8Array | undefined>;

/** Taken is a body that has been received: in memory, or in the bucket. */
export type Taken =
  | { readonly bytes: ArrayBuffer; readonly key?: never }
  | { readonly key: string; readonly size: number; readonly bytes?: never };

/** taken receives the body of a result, or returns undefined if it is too large, without reading the rest. */
export async function taken(
  stream: ReadableStream<Uint8Array> | null,
  mediaType: string,
  room: ResultRoom,
): Promise<Taken | undefined> {
  if (!stream) return { bytes: new ArrayBuffer(0) };
  try {
    return await withReader(stream, (reader) => take(reader, mediaType, room));
  } catch (error) {
    throw isConnectionLost(error) ? incomplete : error;
  }
}

async function take(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  mediaType: string,
  room: ResultRoom,
): Promise<Taken | undefined> {
  let signal = room.started;
  const stop = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  const read = async () => {
    const { done, value } = await reader.read();
    signal?.throwIfAborted();
    return done ? undefined : value;
  };
  try {
    const parts: Uint8Array[] = [];
    const inMap = Math.min(room.maxResult, mostInMap);
    let inHand = room.bucket ? Math.min(largeFrom, inMap) : inMap;
    let size = 0;
    for (let part = await read(); part; part = await read()) {
      size += part.byteLength;
      parts.push(part);
      if (size <= inHand) continue;
      if (!room.bucket || size > room.maxResult || inHand > largeFrom) return undefined;
      const upload = await room.bucket.begin(mediaType);
      if (upload) {
        signal?.removeEventListener("abort", stop);
        signal = room.listen();
        signal.addEventListener("abort", stop, { once: true });
        const rest = async () => parts.shift() ?? read();
        const written = await room.bucket.write(upload, rest);
        return written === undefined ? undefined : { key: upload.key, size: written };
      }
      inHand = Math.max(inMap, largeFrom + 1);
      if (size > inMap) return undefined;
    }
    return { bytes: wholeBuffer(joined(parts)) };
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The runtime marks errors so if the other side of a connection is gone. Errors of the work stay as they are. */
function isConnectionLost(error: unknown): boolean {
  if (error instanceof OperationFailure) return false;
  return error instanceof Error && "retryable" in error && error.retryable === true;
}

const incomplete = new OperationFailure("upstream_incomplete", brokenOff);

/** A chunk that a script has enqueued may be part of a larger buffer. */
function wholeBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}
