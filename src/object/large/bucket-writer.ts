import { partSize, type Upload } from "../../core/operation/large.ts";
import { OperationFailure } from "../../kinds/kind.ts";
import type { LargeBody } from "../../runner/result-room.ts";
import { tried } from "./tried.ts";

/**
 * write writes a body into an upload, with one part in memory, and returns its size in bytes, or undefined if it is
 * larger than `limit`. It rejects as the body does, and then leaves nothing in the bucket.
 *
 * @throws OperationFailure `result_not_stored` if the bucket fails
 */
export async function write(
  bucket: R2Bucket,
  { key, upload: uploadId }: Upload,
  body: LargeBody,
  limit: number,
): Promise<number | undefined> {
  const upload = bucket.resumeMultipartUpload(key, uploadId);
  const buffer = new Uint8Array(partSize);
  const parts: R2UploadedPart[] = [];
  let filled = 0;
  let size = 0;
  // If this fails, the object aborts the upload later: it has the row.
  const abort = () => upload.abort().catch(() => {});
  const flush = async () => {
    const number = parts.length + 1;
    parts.push(await stored(() => upload.uploadPart(number, buffer.subarray(0, filled))));
    filled = 0;
  };
  try {
    for (let piece = await body(); piece; piece = await body()) {
      size += piece.byteLength;
      if (size > limit) {
        await abort();
        return undefined;
      }
      for (let at = 0; at < piece.byteLength; ) {
        const some = piece.subarray(at, at + partSize - filled);
        buffer.set(some, filled);
        at += some.byteLength;
        filled += some.byteLength;
        if (filled === partSize) await flush();
      }
    }
    if (filled > 0 || parts.length === 0) await flush();
    await stored(async () => {
      try {
        await upload.complete(parts);
      } catch (thrown) {
        // It may have succeeded, with only the response lost.
        if ((await bucket.head(key))?.size !== size) throw thrown;
      }
    });
    return size;
  } catch (thrown) {
    await abort();
    throw thrown;
  }
}

async function stored<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await tried(send);
  } catch (thrown) {
    throw notStored(thrown);
  }
}

function notStored(cause: unknown): OperationFailure {
  const failed = new OperationFailure("result_not_stored", "The bucket failed to store the result");
  return Object.assign(failed, { cause });
}
