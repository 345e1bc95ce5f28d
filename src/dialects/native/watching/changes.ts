import { maxWait } from "../../../core/limits.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";

/** rest is how long changes are gathered before they are sent, in milliseconds. */
const rest = 100;

/** Watched is whose map is watched, and until when. */
export interface Watched extends Pick<Asked, "map"> {
  /** Its signal aborts once there is no reader any more. */
  readonly request: Pick<Request, "signal">;
}

/**
 * changesOf yields the current operation, and again each time it changes, until its end; and undefined if it has not
 * changed for a while. Its last value is why it cannot be read, if it cannot. It ends early once the client has gone.
 * The object may sleep meanwhile: what waits there is a socket.
 *
 * @param pause after how long without a change undefined comes, in milliseconds
 */
export async function* changesOf(
  { map, request: { signal } }: Watched,
  snapshot: Snapshot,
  pause: number,
): AsyncGenerator<Reply<Snapshot> | undefined, void> {
  yield snapshot;
  const { id } = snapshot.op;
  for (let at = snapshot; !isTerminal(at.op) && !signal.aborted; ) {
    const after = at.op.version;
    const waiting = map.wait({ id, after, milliseconds: maxWait, signal });
    let reply = await within(waiting, pause);
    while (reply === undefined) {
      yield undefined;
      reply = await within(waiting, pause);
    }
    if (reply.error) {
      yield reply;
      return;
    }
    const hasChanged = reply.op.version > after;
    at = reply;
    if (hasChanged && !signal.aborted) yield at;
    // Work that reports continuously is sent now and then.
    if (hasChanged && !isTerminal(at.op)) await scheduler.wait(rest);
  }
}

/** within returns a promise's value, or undefined if that takes longer. */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
