import { failure } from "../../core/errors.ts";
import { parseId } from "../../core/id.ts";
import type { CreateCommand, Created, Reply } from "../../core/reply.ts";
import { lacks } from "../../object/address.ts";
import type { Shards } from "../shards.ts";

/** Send creates an operation in the object that its command names. */
export type Send = (command: CreateCommand, held: number) => Promise<Reply<Created>>;

/**
 * keeping sends creates that continue with the steps of another operation. The steps are copied in the write of the
 * create; if an idempotency key has its home in another object, they are sent there first.
 */
export function keeping(shards: Shards, from: string): Send {
  return async (command, held) => {
    const { shard } = command;
    try {
      const isThere = parseId(from)?.shard === shard;
      const kept = isThere ? undefined : await shards.of(from)?.readKept(from);
      if (kept?.error) return kept;
      return await shards.at(shard).createKept(command, from, kept, held);
    } catch (thrown) {
      if (!lacks(thrown, "readKept") && !lacks(thrown, "createKept")) throw thrown;
      const message =
        "Steps cannot be kept until the deployment in progress is complete; retry later";
      return { error: failure("unavailable", message) };
    }
  };
}
