import type { Pacing } from "../base/streams/paced.ts";
import type { Exchange } from "./exchange.ts";

/**
 * pacingOf says how an answer is streamed. Who asks from inside of the Worker has no connection, and may
 * take as long as it likes: work reads when it has time.
 *
 * @param leave ends where the pieces come from
 */
export function pacingOf(
  { ctx, isInside }: Pick<Exchange, "ctx" | "isInside">,
  leave?: () => void,
): Pacing {
  // Not every caller hands on all of its context.
  const cut = (reason: Error) => ctx.abort?.(reason);
  return { isPatient: isInside, cut, ...(leave && { leave }) };
}
