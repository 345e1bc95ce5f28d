import { failure } from "../../core/errors.ts";
import type { Upload } from "../../core/operation/large.ts";
import type { Reply } from "../../core/reply.ts";
import type { Arrived, Arriving } from "../../runner/large.ts";
import { lacks } from "../address.ts";
import { patience, receiveInSlot } from "./receive-in-slot.ts";

/** arrive receives the body of a request that will create an operation; see Large. */
export async function arrive(bucket: R2Bucket, arriving: Arriving): Promise<Reply<Arrived>> {
  const { object } = arriving;
  const begun = await begin(object);
  if (begun.error) return begun;
  const { key } = begun;
  const renew = async () => !(await object.arrival({ type: "renew", key })).error;
  const received = await receiveInSlot(bucket, begun, { ...arriving, renew });
  return received.error ? received : { ...received, key };
}

async function begin(object: Arriving["object"]): Promise<Reply<Upload>> {
  try {
    return (await object.arrival({ type: "begin", patience })) as Reply<Upload>;
  } catch (thrown) {
    if (!lacks(thrown, "arrival")) throw thrown;
    const message =
      "Large bodies cannot be taken until the deployment in progress is complete; retry later";
    return { error: failure("unavailable", message) };
  }
}
