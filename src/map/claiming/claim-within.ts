import type { ClaimCommand, Claimed } from "../../core/work.ts";
import type { OperationsStub } from "../../object/address.ts";
import { listen } from "../listen.ts";
import type { Claiming } from "./claiming.ts";

/** pause is how long to leave objects alone after one broke off a wait, in milliseconds. */
const pause = 1_000;

/**
 * claimWithin claims as soon as there is something to claim, and returns an empty list when the time is up. The timer
 * is here and the objects may sleep: each holds a hibernating socket, which only signals that a claim is worthwhile. The
 * object that signals first is asked first. A worker that goes away claims nothing more, and what was claimed for it
 * meanwhile is given back.
 *
 * @param milliseconds 0 to return immediately
 */
export async function claimWithin(
  claiming: Claiming,
  command: ClaimCommand,
  milliseconds: number,
): Promise<readonly Claimed[]> {
  const { signal, place, shards } = claiming;
  const until = Date.now() + milliseconds;
  let claimed = await claiming.claim(command);
  while (claimed.length === 0 && Date.now() < until) {
    const since = Date.now();
    const shard = await claimable(shards.all(), command.kinds, until, signal);
    place.waited?.(Date.now() - since);
    if (signal.aborted) return [];
    claimed = await claiming.claim(command, shard);
  }
  return claimed;
}

/**
 * claimable resolves when any object signals, when the time is up, or when the worker goes away. It returns which object
 * has signaled; undefined if none has.
 */
async function claimable(
  stubs: readonly OperationsStub[],
  kinds: readonly string[],
  until: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  // Once one has signaled, the sockets of the others are closed too.
  const over = new AbortController();
  const leave = () => over.abort();
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    const told = stubs.map(async (stub, shard) => {
      try {
        return (await hear(stub, kinds, until, over.signal)) ? shard : undefined;
      } catch {
        // The work of an object that restarted is on disk, so all are asked again.
        await scheduler.wait(pause);
        return undefined;
      }
    });
    return await Promise.race(told);
  } finally {
    signal.removeEventListener("abort", leave);
    leave();
  }
}

/** hear returns whether the object has signaled; otherwise the time is up, or the socket was closed. */
async function hear(
  stub: OperationsStub,
  kinds: readonly string[],
  until: number,
  signal: AbortSignal,
): Promise<boolean> {
  const command = { type: "claim", kinds, until } as const;
  let isTold = false;
  const ended = await listen(stub, { command, signal }, () => {
    isTold = true;
    return true;
  });
  if (!ended) return isTold;
  const { claimable: isClaimable } = ended.answer as { claimable?: true };
  if (!isClaimable) throw new Error("The object accepts no more waiters");
  return true;
}
