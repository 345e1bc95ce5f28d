import { noBucket } from "../core/operation/large.ts";
import type { Reply, Snapshot } from "../core/reply.ts";
import type { ClaimedAttempt } from "../core/work.ts";
import type { OperationsStub } from "../object/address.ts";
import { inlineJson } from "../runner/outcome.ts";
import type { LargeBody } from "../runner/result-room.ts";
import type { TenantPlace } from "./place.ts";

/** WorkResult is the result of a worker: in memory, or as it arrives. */
export interface WorkResult extends ClaimedAttempt {
  readonly mediaType: string;
  readonly body: Uint8Array<ArrayBuffer> | LargeBody;
}

/** endWith ends an attempt with the result of the worker that holds it: stored in its object or in the bucket. */
export async function endWith(
  { deployment, env, config, keep }: TenantPlace,
  object: OperationsStub,
  { body, ...work }: WorkResult,
): Promise<Reply<Snapshot>> {
  const { id, attempt, mediaType } = work;
  if (body instanceof Uint8Array) {
    const bytes = body.slice().buffer;
    const head = { mediaType, size: bytes.byteLength };
    return object.endWith(id, attempt, head, inlineJson(mediaType, bytes) ?? bytes);
  }
  const found = deployment.bucketOf(env);
  if (!found) return { error: noBucket };
  const completing = { ...work, object, body, limit: config.maxResult, keep };
  return found.large.complete(found.bucket, completing);
}
