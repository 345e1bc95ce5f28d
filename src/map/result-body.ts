import { paced } from "../base/streams/paced.ts";
import type { Payload, Reply } from "../core/reply.ts";

/**
 * piece is how many bytes of a result are read at once; a smaller result is read whole, with its operation. It limits
 * what a slow reader of a large result holds in memory.
 */
export const piece = 1024 * 1024;

/** ResultBody is the body of a result, of which only what is requested is read. */
export interface ResultBody {
  /** Bytes. */
  readonly size: number;
  /** whole returns all of it, or undefined if it has just been removed. */
  whole(): Promise<BodyInit | undefined>;
  /** part returns the bytes from `start` up to, not including, `end`, or undefined if it has just been removed. */
  part(start: number, end: number): Promise<BodyInit | undefined>;
}

/** inHand returns a body that is in memory. */
export function inHand(body: Payload): ResultBody {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  return {
    size: bytes.byteLength,
    whole: async () => bytes,
    part: async (start, end) => bytes.subarray(start, end),
  };
}

/**
 * resultBody returns a body that stays where it is stored and is read from there piece by piece.
 *
 * @param isPatient whether its reader may take as long as it likes
 * @param readPart reads the bytes from `start` up to, not including, `end`
 */
export function resultBody(
  size: number,
  isPatient: boolean,
  readPart: (start: number, end: number) => Promise<Reply<{ bytes: ArrayBuffer }>>,
): ResultBody {
  const read = async (start: number, end: number) => {
    const reply = await readPart(start, end);
    return reply.error ? undefined : reply.bytes;
  };
  const pieces = async function* (start: number, end: number) {
    for (let at = start; at < end; at += piece) {
      const bytes = await read(at, Math.min(at + piece, end));
      // The client sees that fewer bytes come than were announced.
      if (!bytes) throw new Error("The result has been removed");
      yield new Uint8Array(bytes);
    }
  };
  return {
    size,
    whole: async () => announced(paced(pieces(0, size), { isPatient }), size),
    part: async (start, end) =>
      end - start <= piece
        ? read(start, end)
        : announced(paced(pieces(start, end), { isPatient }), end - start),
  };
}

/**
 * bucketBody returns a body that is in a bucket and is read from there as its reader reads.
 *
 * @param read returns the bytes from `start` up to, not including, `end`, or undefined if they are gone
 */
export function bucketBody(
  size: number,
  isPatient: boolean,
  read: (start: number, end: number) => Promise<AsyncGenerator<Uint8Array, void> | undefined>,
): ResultBody {
  const part = async (start: number, end: number) => {
    const pieces = await read(start, end);
    return pieces && announced(paced(pieces, { isPatient }), end - start);
  };
  return { size, whole: () => part(0, size), part };
}

/** A stream with a known length, which reads from its source only as it is read itself. */
function announced(source: ReadableStream<Uint8Array>, size: number): ReadableStream {
  const { readable, writable } = new FixedLengthStream(size);
  source.pipeTo(writable).catch(() => {
    // The reader of the other end has seen it.
  });
  return readable;
}
