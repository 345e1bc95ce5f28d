import type { Pacing } from "../base/streams/paced.ts";
import type { Exchange } from "./exchange.ts";

/**
 * pacingOf returns how a response is streamed. A caller inside the Worker has no connection, and may take as long as it
 * likes: work reads when it has time.
 *
 * @param leave ends the source of the pieces
 */
export function pacingOf(
  { ctx, isInside }: Pick<Exchange, "ctx" | "isInside">,
  leave?: () => void,
): Pacing {
  // Not every caller passes on all of its context.
  const cut = (reason: Error) => ctx.abort?.(reason);
  return { isPatient: isInside, cut, ...(leave && { leave }) };
}
