import type { ClaimCommand, Claimed } from "../../core/work.ts";
import type { Claiming } from "./claiming.ts";
import { othersWaiting, waitingWorkers } from "./waiting-here.ts";
import { WaitingWorker, type Wake } from "./waiting-worker.ts";
import { WorkListener } from "./work-listener.ts";

/** look is how often a waiting worker looks whether all objects are listened to, in milliseconds. */
const look = 2_000;

/** shortest is how long a worker must be able to wait, in milliseconds, so that it need not ask every object first. */
const shortest = 100;

/** patience is how long a claim may take, in milliseconds, before others listen again to the object that signaled. */
const patience = 500;

/**
 * pause is for how long a worker that is woken for nothing at once, and again, rests, in milliseconds: twice as long each
 * time, up to longestRest.
 */
const pause = 10;
const longestRest = 1_000;

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
  const { signal, place } = claiming;
  const until = Date.now() + milliseconds;
  const others = milliseconds < shortest ? undefined : othersWaiting(place, command.kinds);
  let claimed = others?.isHeard(place.config.shards) ? [] : await claiming.claim(command);
  let rest = pause;
  while (claimed.length === 0 && Date.now() < until && !signal.aborted) {
    const since = Date.now();
    const wake = await workWithin(claiming, command.kinds, until);
    const waited = Date.now() - since;
    place.waited?.(waited);
    if (!wake) break;
    claimed = await claimWoken(claiming, command, wake);
    // Another worker was faster. But if that is so again and again, an object cannot hand out what it has.
    rest = waited > rest ? pause : Math.min(2 * rest, longestRest);
    if (claimed.length > 0 || rest === pause) continue;
    await scheduler.wait(rest);
    place.waited?.(rest);
  }
  return claimed;
}

async function claimWoken(
  claiming: Claiming,
  command: ClaimCommand,
  { shard, returned, takesLong }: Wake,
): Promise<readonly Claimed[]> {
  const { signal, place } = claiming;
  const timer = setTimeout(takesLong, patience);
  let isDone = false;
  try {
    const claimed = await claiming.claim(command, shard);
    isDone = claimed.length > 0 || !signal.aborted;
    return claimed;
  } finally {
    clearTimeout(timer);
    returned();
    if (!isDone && shard !== undefined) place.keep(claiming.passOn(shard, command.kinds));
  }
}

/** workWithin returns once a claim is worthwhile; undefined if the time is up, or the worker has gone away. */
async function workWithin(
  claiming: Claiming,
  kinds: readonly string[],
  until: number,
): Promise<Wake | undefined> {
  const { signal, place } = claiming;
  const workers = waitingWorkers(place, kinds);
  const listener = new WorkListener(claiming, kinds, workers, until);
  const worker = new WaitingWorker();
  const leave = () => worker.tell("over");
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  const end = setTimeout(leave, Math.max(0, until - Date.now()));
  const looking = setInterval(() => worker.tell("listen"), look);
  workers.join(worker);
  worker.tell("listen");
  try {
    for (;;) {
      const news = await worker.next();
      if (news === "over") return undefined;
      if (news !== "listen") return news;
      // The others may have assumed that it is lost.
      workers.join(worker);
      listener.listen();
    }
  } finally {
    signal.removeEventListener("abort", leave);
    clearTimeout(end);
    clearInterval(looking);
    workers.leave(worker);
    for (const { shard, returned } of worker.unseen()) {
      returned();
      if (shard !== undefined && workers.isEmpty()) place.keep(claiming.passOn(shard, kinds));
    }
    listener.leave();
    if (workers.isEmpty()) place.keep(workers.closeIfEmpty());
  }
}
