import type { ClaimCommand, Claimed } from "../core/work.ts";
import type { OperationsStub } from "../object/address.ts";
import { claimInTurn, type Surroundings } from "./claim-in-turn.ts";
import { listen } from "./listen.ts";

/** pause is how long to leave objects alone after one broke off a wait, in milliseconds. */
const pause = 1_000;

/**
 * claimWithin claims as soon as there is something to claim, and returns an empty list when the time is up. The timer
 * is here and the objects may sleep: each holds a hibernating socket, which only signals that a claim is worthwhile. A
 * worker that goes away claims nothing more, and what was claimed for it meanwhile is given back.
 *
 * @param stubs one for each shard; they are asked in turn, beginning with a random one
 * @param milliseconds 0 to return immediately
 */
export async function claimWithin(
  stubs: readonly OperationsStub[],
  command: ClaimCommand,
  milliseconds: number,
  around: Surroundings,
): Promise<readonly Claimed[]> {
  const { signal } = around;
  const until = Date.now() + milliseconds;
  for (;;) {
    const claimed = await claimInTurn(stubs, command, around);
    if (claimed.length > 0 || Date.now() >= until) return claimed;
    const since = Date.now();
    await claimable(stubs, command.kinds, until, signal);
    around.waited?.(Date.now() - since);
    if (signal.aborted) return [];
  }
}

/** claimable resolves when any object signals, when the time is up, or when the worker goes away. */
async function claimable(
  stubs: readonly OperationsStub[],
  kinds: readonly string[],
  until: number,
  signal: AbortSignal,
): Promise<void> {
  // Once one has signaled, the sockets of the others are closed too.
  const over = new AbortController();
  const leave = () => over.abort();
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    const told = stubs.map((stub) => hear(stub, kinds, until, over.signal).catch(restarted));
    await Promise.race(told);
  } finally {
    signal.removeEventListener("abort", leave);
    leave();
  }
}

/** The work of an object that restarted is on disk, so all are asked again. */
const restarted = () => scheduler.wait(pause);

async function hear(
  stub: OperationsStub,
  kinds: readonly string[],
  until: number,
  signal: AbortSignal,
): Promise<void> {
  const command = { type: "claim", kinds, until } as const;
  const ended = await listen(stub, { command, signal }, () => true);
  if (!ended) return;
  const { claimable: isClaimable } = ended.answer as { claimable?: true };
  if (!isClaimable) throw new Error("The object accepts no more waiters");
}
