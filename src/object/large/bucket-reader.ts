import { reasonOf } from "../../base/log.ts";
import type { Uploaded } from "../../core/operation/operation.ts";
import { Postponed } from "../../kinds/postponed.ts";
import { tried } from "./tried.ts";

/** piece is how many bytes each read requests; the default reader reads 4 KiB at a time. */
const piece = 256 * 1024;

/**
 * range is how much is requested from the bucket at once, in bytes: Miniflare sends all of it however slowly it is
 * read, and holds it in memory. Objects do not change while they are read: each upload has its own key.
 */
const range = 16 * 1024 * 1024;

/**
 * read returns a part of an object in a bucket, read piece by piece; see Large.
 *
 * @throws Error that is `retryable`, like the runtime's own, if the bucket cannot be read
 */
export async function read(
  bucket: R2Bucket,
  key: string,
  start: number,
  end: number,
): Promise<AsyncGenerator<Uint8Array, void> | undefined> {
  const first = await bodyOf(bucket, key, start, end).catch((thrown) => {
    throw Object.assign(new Error(reasonOf(thrown)), { retryable: true });
  });
  return first && pieces(first, bodiesOf(bucket, key, start + range, end));
}

/**
 * open returns an object in a bucket as a stream of known length; see Large.
 *
 * @throws Postponed if the bucket cannot be read and nothing has been read yet
 */
export async function open(
  bucket: R2Bucket,
  { key, size }: Uploaded,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const first = await bodyOf(bucket, key, 0, size).catch((cause) => {
    throw new Postponed("The bucket failed to return the body of the request", { cause });
  });
  if (!first) return undefined;
  const { readable, writable } = new FixedLengthStream(size);
  const write = async () => {
    await first.body.pipeTo(writable, { preventClose: true });
    for await (const { body } of bodiesOf(bucket, key, range, size)) {
      await body.pipeTo(writable, { preventClose: true });
    }
    await writable.close();
  };
  // Errors are passed to the reader.
  write().catch((thrown) => writable.abort(thrown).catch(() => {}));
  return readable;
}

/** Body is a range of an object. */
interface Body {
  readonly body: ReadableStream;
  readonly size: number;
}

async function bodyOf(
  bucket: R2Bucket,
  key: string,
  start: number,
  end: number,
): Promise<Body | undefined> {
  const size = Math.min(range, end - start);
  const asked = { range: { offset: start, length: size } };
  const found = await tried(() => bucket.get(key, asked));
  return found ? { body: found.body, size } : undefined;
}

async function* bodiesOf(
  bucket: R2Bucket,
  key: string,
  start: number,
  end: number,
): AsyncGenerator<Body, void> {
  for (let at = start; at < end; at += range) {
    const next = await bodyOf(bucket, key, at, end);
    if (!next) throw removed();
    yield next;
  }
}

async function* pieces(
  first: Body,
  rest: AsyncGenerator<Body, void>,
): AsyncGenerator<Uint8Array, void> {
  yield* piecesOf(first);
  for await (const body of rest) yield* piecesOf(body);
}

async function* piecesOf({ body, size }: Body): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader({ mode: "byob" });
  let left = size;
  try {
    while (left > 0) {
      const { done, value } = await reader.readAtLeast(
        Math.min(piece, left),
        new Uint8Array(Math.min(piece, left)),
      );
      if (value) {
        left -= value.byteLength;
        yield value;
      }
      if (done) break;
    }
    // The reader must notice that data is missing.
    if (left > 0) throw removed();
  } finally {
    void reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

function removed(): Error {
  return new Error("The result has been removed");
}
