import type { Failure } from "../../core/errors.ts";
import type { Upload } from "../../core/operation/large.ts";
import { storedHead } from "../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Completing } from "../../runner/large.ts";
import { patience, receiveInSlot } from "./receive-in-slot.ts";

/** complete receives the result of an outside worker, and ends its attempt with it; see Large. */
export async function complete(
  bucket: R2Bucket,
  { id, attempt, mediaType, ...receiving }: Completing,
): Promise<Reply<Snapshot>> {
  const { object } = receiving;
  const ask = { attempt, isExternal: true, mediaType, patience };
  // When a lease is lost the upload is aborted, which looks like any other error of the bucket.
  const refused = async (error: Failure) => ({
    error: (await object.report(id, { attempt })).error ?? error,
  });
  const begun: Reply<Upload> = await object.beginUpload(id, ask);
  if (begun.error) return refused(begun.error);
  const received = await receiveInSlot(bucket, begun, { ...receiving, what: "result" });
  if (received.error) return refused(received.error);
  const head = storedHead({ mediaType, size: received.size }, begun.key);
  const ended = await object.endWith(id, attempt, head);
  if (ended.error) received.abandon();
  return ended;
}
