import type { Asked } from "../../../edge/exchange.ts";

/**
 * removeWithin removes an operation for a client that is no longer interested: unfinished work is canceled, and removed
 * once it has ended. If it does not end in time, it stays, and the response is `operation-active`.
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
