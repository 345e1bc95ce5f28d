import type { Asked } from "../../../edge/exchange.ts";

/**
 * removeWithin removes an operation for a client that means by it that it is not interested any more: what
 * still runs is canceled, and removed once it has ended. What does not end in time stays, and is `operation-active`.
 */
export async function removeWithin(
  { map, request: { signal } }: Pick<Asked, "map" | "request">,
  id: string,
  milliseconds: number,
): ReturnType<Asked["map"]["remove"]> {
  const removed = await map.remove(id);
  if (removed.error?.code !== "operation-active") return removed;
  const canceled = await map.cancel(id);
  if (canceled.error) return canceled;
  await map.wait({ id, milliseconds, signal });
  return map.remove(id);
}
