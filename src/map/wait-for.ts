import { failure } from "../core/errors.ts";
import { isTerminal } from "../core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../core/reply.ts";
import type { OperationsStub } from "../object/address.ts";
import { listen } from "./listen.ts";

/** Wait is what a client waits for. */
export interface Wait {
  readonly id: string;
  readonly milliseconds: number;
  /** Wait for a version above this; without it, for the end. */
  readonly after?: number;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** pause is how long to leave an object alone that broke off a wait, in milliseconds. */
const pause = 200;

/**
 * waitFor returns an operation when it has ended (or changed), or in its current state when the time is up. The timer
 * is here and the object may sleep: what it holds is a hibernating socket. An object that restarts meanwhile is asked
 * again.
 *
 * @param stubOf returns a new stub of the object: an old one may be broken once the object has restarted
 */
export async function waitFor(stubOf: () => OperationsStub, wait: Wait): Promise<Reply<Snapshot>> {
  const until = Date.now() + wait.milliseconds;
  for (let left = wait.milliseconds; left > 0; left = until - Date.now()) {
    try {
      const heard = await hear(stubOf(), wait, until);
      if (heard && (heard.error || isOver(heard, wait))) return heard;
    } catch {
      // The object restarted; what it had acknowledged is on disk, so ask it again.
    }
    if (wait.signal.aborted || Date.now() + pause >= until) break;
    await scheduler.wait(pause);
  }
  try {
    // The socket sent the state at the beginning of the wait; there may have been changes since that end no wait.
    return decode(await stubOf().read(wait.id));
  } catch {
    return { error: failure("unavailable", "The operations are unreachable") };
  }
}

/** Waits on one socket: returns the last frame, or undefined if there was none. */
async function hear(
  stub: OperationsStub,
  wait: Wait,
  until: number,
): Promise<Reply<Snapshot> | undefined> {
  const { id, after, signal } = wait;
  const command = { type: "wait", id, until, ...(after !== undefined && { after }) } as const;
  let latest: Reply<Snapshot> | undefined;
  const ended = await listen(stub, { command, signal }, (message) => {
    const snapshot = JSON.parse(message) as Snapshot;
    latest = snapshot;
    return isOver(snapshot, wait);
  });
  return ended ? (ended.answer as Reply<Snapshot>) : latest;
}

function isOver({ op }: Snapshot, { after }: Pick<Wait, "after">): boolean {
  return isTerminal(op) || (after !== undefined && op.version > after);
}
