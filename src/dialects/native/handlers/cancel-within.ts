import { isTerminal } from "../../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";

/**
 * cancelWithin asks an operation to end, and waits a moment for that. If the limit of waits is reached, it returns the
 * current operation, which has been asked.
 */
export async function cancelWithin(
  { map, request: { signal } }: Pick<Asked, "map" | "request">,
  id: string,
  milliseconds: number,
): Promise<Reply<Snapshot>> {
  const asked = await map.cancel(id);
  if (asked.error || isTerminal(asked.op)) return asked;
  const ended = await map.wait({ id, milliseconds, signal });
  return ended.error ? asked : ended;
}
