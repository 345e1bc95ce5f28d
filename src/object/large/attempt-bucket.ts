import { reasonOf } from "../../base/log.ts";
import type { Upload } from "../../core/operation/large.ts";
import { OperationFailure } from "../../kinds/kind.ts";
import type { AttemptSurroundings } from "../../runner/large.ts";
import type { ResultBucket } from "../../runner/result-room.ts";
import { bodySlots } from "./body-slots.ts";
import { write } from "./bucket-writer.ts";

/** patience is how long an attempt waits for a free slot, in milliseconds: longer than any upload takes. */
const patience = 7 * 86_400_000;

/** attemptBucket returns the bucket as an attempt of a kind in code writes to it. */
export function attemptBucket(
  bucket: R2Bucket,
  { id, attempt, maxResult, object, aborted }: AttemptSurroundings,
): ResultBucket {
  return {
    begin: async (mediaType) => {
      const ask = { attempt, isExternal: false, mediaType, patience };
      try {
        const { error, ...upload } = await object().beginUpload(id, ask);
        if (!error) return upload as Upload;
        if (error.code === "quota-exceeded") throw full(error.message);
        // The signal carries the reason that the work sees; it arrives by another call.
        if (error.code === "stale-attempt") await aborted();
        throw new OperationFailure("result_not_stored", error.message);
      } catch (thrown) {
        // An object with older code has no bucket.
        if (!reasonOf(thrown).includes("does not implement")) throw thrown;
        return undefined;
      }
    },
    write: async (upload, body) => {
      const limit = Math.min(maxResult, upload.limit);
      // Only now: while it waits for the object's permit it uses no memory, and must not keep others from writing.
      const release = await bodySlots.acquire(patience);
      const size = await write(bucket, upload, body, limit).finally(release);
      if (size === undefined && limit < maxResult) {
        // Reported so that the hit is counted; the upload would be removed at the end of the attempt anyway.
        await object()
          .arrival({ type: "abandon", key: upload.key, isFull: true })
          .catch(() => {});
        throw full("The result is larger than the tenant's remaining storage (MAX_STORAGE)");
      }
      return size;
    },
  };
}

function full(message: string): OperationFailure {
  return new OperationFailure("quota_exceeded", message, { retryable: false });
}
