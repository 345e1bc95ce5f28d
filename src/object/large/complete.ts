import type { Failure } from "../../core/errors.ts";
import type { Upload } from "../../core/operation/large.ts";
import { storedHead } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Completing } from "../../runner/large.ts";
import { bodySlots } from "./body-slots.ts";
import { receive } from "./receive.ts";
import { busy, noStorage } from "./refusals.ts";

/**
 * patience is how long a worker waits for a free slot, in milliseconds: for one of its object, and then for one of its
 * isolate.
 */
const patience = 10_000;

/** complete receives the result of an outside worker, and ends its attempt with it; see Large. */
export async function complete(
  bucket: R2Bucket,
  { object, keep, id, attempt, mediaType, ...receiving }: Completing,
): Promise<Reply<Snapshot>> {
  const ask = { attempt, isExternal: true, mediaType, patience };
  // When a lease is lost the upload is aborted, which looks like any other error of the bucket.
  const refused = async (error: Failure) => ({
    error: (await object.report(id, { attempt })).error ?? error,
  });
  const begun: Reply<Upload> = await object.beginUpload(id, ask);
  if (begun.error) return refused(begun.error);
  const { key } = begun;
  const abandon = (isFull = false) =>
    keep(object.arrival({ type: "abandon", key, isFull }).catch(() => {}));
  const release = await bodySlots.acquire(patience);
  if (!release) {
    abandon();
    return refused(busy);
  }
  const received = await receive(bucket, begun, { ...receiving, what: "result" }).finally(release);
  if (received.error) {
    abandon(received.error === noStorage);
    return refused(received.error);
  }
  const head = storedHead({ mediaType, size: received.size }, key);
  const ended = await object.endWith(id, attempt, head);
  if (ended.error) abandon();
  return ended;
}
