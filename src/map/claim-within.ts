import type { ClaimCommand, Claimed } from "../core/work.ts";
import type { OperationsStub } from "../object/address.ts";
import { claimInTurn, type Surroundings } from "./claim-in-turn.ts";

/** pause is how long to leave objects alone after one broke off a wait, in milliseconds. */
const pause = 1_000;

/**
 * claimWithin claims as soon as there is something to claim, and answers an empty list when the
 * time is up. The timer is here and the objects may sleep: what they hold is a hibernating socket
 * each, which only says when a claim is worth making. A worker that goes away claims nothing more,
 * and what was claimed for it meanwhile is given back.
 *
 * @param stubs one for each shard; they are asked in turn, from a random one on
 * @param milliseconds 0 for an answer at once
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
    await claimable(stubs, command.kinds, until, signal);
    if (signal.aborted) return [];
  }
}

/** claimable resolves when any object says so, when the time is up, or when the worker goes away. */
async function claimable(
  stubs: readonly OperationsStub[],
  kinds: readonly string[],
  until: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const leave = () => over.abort();
  const timer = setTimeout(leave, Math.max(0, until - Date.now()));
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    const told = stubs.map((stub) => listen(stub, kinds, until, over.signal).catch(restarted));
    await Promise.race(told);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    leave();
  }
}

/** The work of an object that restarted is on disk, so all are asked again. */
const restarted = () => scheduler.wait(pause);

async function listen(
  stub: OperationsStub,
  kinds: readonly string[],
  until: number,
  signal: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams(kinds.map((kind) => ["kind", kind]));
  query.set("until", String(until));
  const headers = { upgrade: "websocket" };
  const response = await stub.fetch(`https://operations/claim?${query}`, { headers });
  const socket = response.webSocket;
  if (!socket) {
    const { claimable: isClaimable } = await response.json<{ claimable?: true }>();
    if (isClaimable) return;
    throw new Error("The object takes no more waiters");
  }
  await new Promise<void>((resolve) => {
    const leave = () => {
      signal.removeEventListener("abort", leave);
      resolve();
      socket.close(1000, "done");
    };
    signal.addEventListener("abort", leave);
    for (const type of ["message", "close", "error"] as const) socket.addEventListener(type, leave);
    socket.accept();
    if (signal.aborted) leave();
  });
}
