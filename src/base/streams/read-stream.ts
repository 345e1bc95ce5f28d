import { joined } from "../bytes.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * withReader lends `read` a reader of the stream, and releases it however that ends. A stream that
 * broke off is never collected in workerd while a reader is locked to it: its error is held by the
 * runtime, the error's stack holds what read, and that holds the reader. So every reader is released.
 */
export async function withReader<T>(
  stream: ReadableStream<Uint8Array>,
  read: (reader: Reader) => Promise<T>,
): Promise<T> {
  const reader = stream.getReader();
  try {
    return await read(reader);
  } finally {
    reader.releaseLock();
  }
}

/**
 * readUpTo reads a stream to its end, and returns its bytes; undefined past `limit` bytes, when the
 * rest is left in the stream. Rejects as the stream does, and with the signal's reason once that aborts.
 */
export function readUpTo(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return withReader(stream, async (reader) => {
    const stop = () => void reader.cancel(signal?.reason).catch(() => {});
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const parts: Uint8Array[] = [];
      let size = 0;
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        size += next.value.byteLength;
        if (size > limit) return undefined;
        parts.push(next.value);
      }
      signal?.throwIfAborted();
      return joined(parts);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  });
}

/** PassedOnOptions say what differs from the stream that is passed on. */
export interface PassedOnOptions {
  /** What was read of it already, and comes first. */
  readonly head?: Uint8Array;
  /** The reason in the place of the stream's own where it breaks off. */
  readonly failureOf?: (thrown: unknown) => unknown;
}

/** passedOn returns what is left to `reader` as a stream, which releases it at its end. */
export function passedOn(
  reader: Reader,
  { head, failureOf = (thrown) => thrown }: PassedOnOptions = {},
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      if (head && head.byteLength > 0) controller.enqueue(head);
    },
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (thrown) {
        controller.error(failureOf(thrown));
      }
      reader.releaseLock();
    },
    cancel: async (reason) => {
      await reader.cancel(reason);
      reader.releaseLock();
    },
  });
}
