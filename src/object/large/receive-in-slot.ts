import type { Upload } from "../../core/operation/large.ts";
import type { Reply } from "../../core/reply.ts";
import type { Arriving, Received, Receiving } from "../../runner/large.ts";
import { bodySlots } from "./body-slots.ts";
import { receive } from "./receive.ts";
import { busy, noStorage } from "./refusals.ts";

/**
 * patience is how long a request waits for a free slot, in milliseconds: for one of its object, and then for one of its
 * isolate.
 */
export const patience = 10_000;

/**
 * receiveInSlot receives a body into an upload, once this isolate has a slot for it. If that fails, the upload is
 * abandoned; if what follows fails, the caller abandons it.
 */
export async function receiveInSlot(
  bucket: R2Bucket,
  upload: Upload,
  { object, keep, ...receiving }: Receiving & Pick<Arriving, "object" | "keep">,
): Promise<Reply<Received & { abandon(): void }>> {
  const { key } = upload;
  const abandon = (isFull = false) =>
    keep(object.arrival({ type: "abandon", key, isFull }).catch(() => {}));
  const release = await bodySlots.acquire(patience);
  if (!release) {
    abandon();
    return { error: busy };
  }
  const received = await receive(bucket, upload, receiving).finally(release);
  if (!received.error) return { ...received, abandon: () => abandon() };
  abandon(received.error === noStorage);
  return received;
}
