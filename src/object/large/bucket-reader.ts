import { reasonOf } from "../../base/log.ts";
import type { Uploaded } from "../../core/operation/operation.ts";
import { OperationFailure } from "../../kinds/kind.ts";
import { tried } from "./tried.ts";

/** piece is how many bytes one read takes; the default reader takes 4 KiB at a time. */
const piece = 256 * 1024;

/**
 * read returns a part of an object in a bucket as it is read; see Large.
 *
 * @throws Error that is `retryable`, as the runtime's own are, if the bucket does not return it
 */
export async function read(
  bucket: R2Bucket,
  key: string,
  start: number,
  end: number,
): Promise<AsyncGenerator<Uint8Array, void> | undefined> {
  const range = { offset: start, length: end - start };
  const found = await tried(() => bucket.get(key, { range })).catch((thrown) => {
    throw Object.assign(new Error(reasonOf(thrown)), { retryable: true });
  });
  return found ? pieces(found.body, end - start) : undefined;
}

/**
 * open returns an object in a bucket as a stream that says how long it is; see Large.
 *
 * @throws OperationFailure `upload_not_read` if the bucket does not return it
 */
export async function open(
  bucket: R2Bucket,
  { key, size }: Uploaded,
): Promise<ReadableStream<Uint8Array> | undefined> {
  const found = await tried(() => bucket.get(key)).catch((cause) => {
    const message = "The bucket failed to return the body of the request";
    throw Object.assign(new OperationFailure("upload_not_read", message), { cause });
  });
  if (!found) return undefined;
  const { readable, writable } = new FixedLengthStream(size);
  // Where it breaks off, whoever reads is told.
  found.body.pipeTo(writable).catch(() => {});
  return readable;
}

async function* pieces(body: ReadableStream, size: number): AsyncGenerator<Uint8Array, void> {
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
    // Whoever reads sees that less comes than was announced.
    if (left > 0) throw new Error("The result has been removed");
  } finally {
    void reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
