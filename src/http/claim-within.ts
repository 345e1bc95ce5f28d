import type { ClaimCommand, Claimed } from "../core/work.ts";
import type { OperationsStub } from "../object/address.ts";

/** pause is how long to leave an object alone that broke off a wait, in milliseconds. */
const pause = 200;

/**
 * claimWithin claims as soon as there is something to claim, and answers an empty list when the
 * time is up. The timer is here and the objects may sleep: what they hold is a hibernating socket
 * each, which only says when a claim is worth making. A worker that goes away claims nothing more.
 *
 * @param stubs one for each shard; they are asked in turn, from a random one on
 * @param milliseconds 0 for an answer at once
 */
export async function claimWithin(
  stubs: readonly OperationsStub[],
  command: ClaimCommand,
  milliseconds: number,
  signal: AbortSignal,
): Promise<readonly Claimed[]> {
  const until = Date.now() + milliseconds;
  for (;;) {
    const claimed = await claimInTurn(stubs, command);
    if (claimed.length > 0 || Date.now() >= until) return claimed;
    await claimable(stubs, command.kinds, until, signal);
    if (signal.aborted) return [];
  }
}

async function claimInTurn(
  stubs: readonly OperationsStub[],
  command: ClaimCommand,
): Promise<readonly Claimed[]> {
  const first = Math.floor(Math.random() * stubs.length);
  const claimed: Claimed[] = [];
  for (const stub of [...stubs.slice(first), ...stubs.slice(0, first)]) {
    if (claimed.length === command.max) break;
    claimed.push(...(await stub.claim({ ...command, max: command.max - claimed.length })));
  }
  return claimed;
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
    await Promise.race(stubs.map((stub) => listen(stub, kinds, until, over.signal)));
  } catch {
    // An object restarted; its work is on disk, so all are asked again.
    await scheduler.wait(pause);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    leave();
  }
}

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
