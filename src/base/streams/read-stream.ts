import { joined } from "../bytes.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * withReader calls `read` with a reader of the stream, and always releases it. In workerd, a stream that failed is
 * never collected while a reader is locked to it: the runtime holds the error, the error's stack holds the code that
 * read, and that holds the reader.
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
 * readUpTo reads a stream to its end, and returns its bytes; undefined if there are more than `limit`, with the rest
 * left unread. It rejects as the stream does, and with the signal's reason when that aborts.
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

/** PassedOnOptions are the options of passedOn. */
export interface PassedOnOptions {
  /** What was already read, which comes first. */
  readonly head?: Uint8Array;
  /** Converts the error with which the stream fails. */
  readonly failureOf?: (thrown: unknown) => unknown;
}

/** passedOn returns the rest of a reader's stream as a stream, which releases the reader at its end. */
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
