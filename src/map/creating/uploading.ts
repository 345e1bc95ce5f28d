import { failure } from "../../core/errors.ts";
import type { Arrived, Received } from "../../runner/large.ts";
import type { LargeBody } from "../../runner/result-room.ts";
import type { Shards } from "../shards.ts";
import type { Send } from "./keeping.ts";
import type { NewOperation, Once } from "./new-operation.ts";

/** LargeRequest is a request whose body goes to the bucket. */
export interface LargeRequest {
  /** What it creates: checked against its kind's schema before any of the body is read. */
  readonly operation: NewOperation;
  readonly body: LargeBody;
  /** Its idempotency key. */
  readonly key: string | undefined;
  /** arrived returns the input, and what distinguishes it from others, once its body has arrived. */
  arrived(received: Received): { readonly input: object; readonly asked: Once["asked"] };
}

/**
 * uploading sends creates whose body is in the bucket to the object that the body belongs to. If a key has its home in
 * another object, only what it has created there already is returned.
 */
export function uploading(shards: Shards, at: number, { key, size }: Arrived): Send {
  return async (command, held) => {
    const { shard, idempotency } = command;
    if (shard === at) return shards.at(at).createUploaded(command, { key, size }, held);
    const [made] = idempotency ? await shards.at(shard).findMany([idempotency]) : [];
    return made ?? { error: moving };
  };
}

/** While SHARDS grows, a key may have its home in another object than the body's. */
const moving = failure(
  "unavailable",
  "Large bodies cannot be sent with this idempotency key until the deployment in progress is complete; retry later",
);
