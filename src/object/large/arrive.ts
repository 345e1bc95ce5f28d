import { failure } from "../../core/errors.ts";
import type { Upload } from "../../core/operation/large.ts";
import type { Reply } from "../../core/reply.ts";
import type { Arrived, Arriving } from "../../runner/large.ts";
import { lacks } from "../address.ts";
import { bodySlots } from "./body-slots.ts";
import { receive } from "./receive.ts";
import { busy, noStorage } from "./refusals.ts";

/**
 * patience is how long a request waits for a free slot, in milliseconds: for one of its object, and then for one of its
 * isolate.
 */
const patience = 10_000;

/** arrive receives the body of a request that will create an operation; see Large. */
export async function arrive(
  bucket: R2Bucket,
  { object, keep, ...receiving }: Arriving,
): Promise<Reply<Arrived>> {
  const begun = await begin(object);
  if (begun.error) return begun;
  const { key } = begun;
  const abandon = (isFull = false) =>
    keep(object.arrival({ type: "abandon", key, isFull }).catch(() => {}));
  const release = await bodySlots.acquire(patience);
  if (!release) {
    abandon();
    return { error: busy };
  }
  const renew = async () => !(await object.arrival({ type: "renew", key })).error;
  const received = await receive(bucket, begun, { ...receiving, renew }).finally(release);
  if (!received.error) return { ...received, key, abandon: () => abandon() };
  abandon(received.error === noStorage);
  return received;
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
