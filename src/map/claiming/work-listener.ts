import type { OperationsStub } from "../../object/address.ts";
import type { Claimable } from "../../object/sockets/claim-waiters.ts";
import { listen } from "../listen.ts";
import type { Claiming } from "./claiming.ts";
import type { Listening, WaitingWorkers } from "./waiting-workers.ts";

/** linger is how long a request goes on listening for others when its own wait is over, in milliseconds. */
const linger = 4_000;

/**
 * opening is how long an object may take to open a socket, in milliseconds, before another request tries to as well. What
 * the object says later still counts: it signals only once.
 */
const opening = 5_000;

/** pause is how long to leave an object alone that broke off a wait, in milliseconds. */
const pause = 1_000;

/** quick is how long workers that were woken may take until those elsewhere are told as well, in milliseconds. */
const quick = 1_000;

/** WorkListener listens to objects, with the stubs of one request, for all workers that wait for the same. */
export class WorkListener {
  readonly #claiming: Claiming;
  readonly #kinds: readonly string[];
  readonly #workers: WaitingWorkers;
  /** When it stops, in milliseconds since 1970. */
  readonly #until: number;
  readonly #open = new Set<Listening>();

  /** @param until when the wait of its own worker ends */
  constructor(
    claiming: Claiming,
    kinds: readonly string[],
    workers: WaitingWorkers,
    until: number,
  ) {
    this.#claiming = claiming;
    this.#kinds = kinds;
    this.#workers = workers;
    this.#until = until + linger;
  }

  /** listen begins to listen to the objects that nobody listens to, and gives a sign of life to the others. */
  listen(): void {
    for (const listening of this.#open) listening.seenAt = Date.now();
    const { place } = this.#claiming;
    for (const shard of this.#workers.unheard(place.config.shards)) {
      place.keep(this.#listen(shard));
    }
  }

  /** leave says that its own worker waits no more. */
  leave(): void {
    const left = [...this.#open];
    if (left.length === 0) return;
    for (const listening of left) listening.seenAt = Date.now();
    setTimeout(() => {
      for (const { end } of left) end();
    }, linger);
  }

  async #listen(shard: number): Promise<void> {
    const over = new AbortController();
    // Others can settle a promise of this request, but not close its sockets.
    const ended = Promise.withResolvers<void>();
    const listening = { seenAt: Date.now(), end: () => ended.resolve() };
    void ended.promise.then(() => over.abort());
    this.#workers.listens(shard, listening);
    this.#open.add(listening);
    const since = Date.now();
    const slow = setTimeout(() => this.#workers.ended(shard, listening), opening);
    const opened = () => clearTimeout(slow);
    try {
      const stub = this.#claiming.shards.at(shard);
      const how = { until: this.#until, signal: over.signal, opened };
      const { claimable, others } = await hear(stub, this.#kinds, how);
      if (claimable > 0) {
        const woken = this.#workers.heard(shard, listening, claimable);
        if (!others) return;
        // Their requests may have ended without a word.
        if (woken) await scheduler.wait(quick);
        if (!woken || woken.left > 0) await this.#claiming.passOn(shard, this.#kinds);
        return;
      }
      // An object that restarts closes its sockets; one that does so each time is left alone meanwhile.
      if (!over.signal.aborted && Date.now() - since < pause) await scheduler.wait(pause);
      this.#workers.ended(shard, listening);
    } catch {
      // The work of an object that restarted is on disk, so all are asked again.
      await scheduler.wait(pause);
      this.#workers.failed(shard, listening);
    } finally {
      clearTimeout(slow);
      this.#open.delete(listening);
    }
  }
}

/** hear returns what the object has signaled; nothing is claimable if the time is up, or the socket was closed. */
async function hear(
  stub: OperationsStub,
  kinds: readonly string[],
  {
    until,
    ...how
  }: { readonly until: number; readonly signal: AbortSignal; readonly opened: () => void },
): Promise<Claimable> {
  const command = { type: "claim", kinds, until } as const;
  let heard: Claimable = { claimable: 0, others: false };
  // A signal may be on its way as the socket is closed, and the object makes no other.
  const ended = await listen(stub, { ...how, command, untilLeft: true }, (message) => {
    // Older code only says that there is something.
    heard = message === "claimable" ? { claimable: 1, others: true } : JSON.parse(message);
    return true;
  });
  if (!ended) return heard;
  const { claimable, others = true } = ended.answer as Partial<Claimable>;
  if (!claimable) throw new Error("The object accepts no more waiters");
  return { claimable: Number(claimable), others };
}
