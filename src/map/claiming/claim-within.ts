import type { ClaimCommand, Claimed } from "../../core/work.ts";
import type { Claiming } from "./claiming.ts";
import { WaitingWorker, type Wake } from "./waiting-worker.ts";
import { isHeard, waitingWorkers } from "./waiting-workers.ts";
import { WorkListener } from "./work-listener.ts";

/** look is how often a waiting worker looks whether all objects are listened to, in milliseconds. */
const look = 2_000;

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
  // Who can wait need not ask every object first while others listen: it hears of what there is.
  const waits = milliseconds > 0 && isHeard(place, command.kinds, place.config.shards);
  let claimed = waits ? [] : await claiming.claim(command);
  while (claimed.length === 0 && Date.now() < until && !signal.aborted) {
    const since = Date.now();
    const wake = await workWithin(claiming, command.kinds, until);
    place.waited?.(Date.now() - since);
    if (!wake) break;
    try {
      claimed = await claiming.claim(command, wake.shard);
    } finally {
      wake.returned();
    }
  }
  return claimed;
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
  const end = setTimeout(leave, Math.max(0, until - Date.now()));
  const looking = setInterval(() => worker.tell("listen"), look);
  workers.join(worker);
  worker.tell("listen");
  try {
    for (;;) {
      const news = await worker.next();
      if (news === "over") return undefined;
      if (news !== "listen") return news;
      listener.listen();
    }
  } finally {
    signal.removeEventListener("abort", leave);
    clearTimeout(end);
    clearInterval(looking);
    workers.leave(worker);
    for (const { shard, returned } of worker.unseen()) {
      returned();
      if (shard !== undefined && workers.isEmpty()) place.keep(listener.passOn(shard));
    }
    listener.leave();
    if (workers.isEmpty()) place.keep(workers.closeIfEmpty());
  }
}
