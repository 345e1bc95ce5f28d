import type { Call, Caller, Target } from "./call.ts";
import { type Flight, Flights, stale } from "./flights.ts";
import { Group, travels } from "./group.ts";
import { crowdOf, Load } from "./load.ts";
import { Sharing } from "./sharing.ts";

/** atOnce is how many calls to one object may be under way before further ones wait and travel together. */
const atOnce = 2;

/** longest is how long calls gather, in milliseconds, and mostTurns for how many turns of the event loop. */
const longest = 10;
const mostTurns = 10;

/** overdue is when a gathering is assumed to be lost with the request that began it, in milliseconds. */
const overdue = 100;

/** mostShared is how many calls of one gathering go to the same object if any object can take them. */
const mostShared = 32;

/** quick is how long a call that may be slow can hold up others, in milliseconds. */
const quick = 10;

/** mostLooks is how many times a request checks on a call that another one makes for it, each time after `stale`. */
const mostLooks = 6;

/** Gathering is a time in which nothing is sent, so that calls come together. */
interface Gathering {
  readonly began: number;
}

/**
 * CallQueue joins calls of one method, or of one sort, to a tenant's objects that come from all requests of this isolate.
 * If fewer than two are under way to an object, a call is made at once. Calls that come while two are under way travel
 * together, as one call, as soon as one of these returns.
 *
 * If many are under way or wait, there is load. Then calls gather, because a call alone costs as much as a group of
 * them: none is sent for as long as further ones keep coming, or earlier ones are under way, but for about 10 ms at most.
 * Then all are sent, those to one object together. When gatherings have become small, the load is over. Large calls, of
 * which no two fit into a group, neither make load nor gather.
 *
 * The runtime has three rules for promises that cross requests:
 *
 * 1. A promise can be settled by another request, and continues in its own. But everything that is sent belongs to one
 *    request: the first member of a group sends it, with its own stub, and a request settles plain data for others. A
 *    promise continues for nobody once the request that has made it has ended, so each member makes its own.
 * 2. A request whose client goes away ends, and its calls under way end with it, unless `waitUntil` keeps them. So
 *    whoever sends a group, now or later, is kept.
 * 3. A request that waits for nothing of its own is canceled as hung. So every member holds a timer, which also limits
 *    how long it waits.
 *
 * A request can end in spite of `waitUntil`: with its isolate, after 30 s, or because it has used its CPU time. The
 * others find out by their timers, or with the next call: another member sends a group that has not been sent, and a
 * call whose answer is lost holds up no others.
 */
export class CallQueue<A> {
  readonly #flights = new Flights();
  readonly #waiting = new Map<Target, Group<A>[]>();
  readonly #load = new Load();
  readonly #sharing = new Sharing();
  readonly #idle: () => void;
  /** How many calls wait, in all groups, without large ones. */
  #calls = 0;
  #gathering: Gathering | undefined;

  /** @param idle is called whenever no call is under way or waiting any more */
  constructor(idle: () => void = () => {}) {
    this.#idle = idle;
  }

  /** isLoaded returns whether there is load: calls gather, and none goes alone. */
  isLoaded(): boolean {
    return this.#load.isHigh();
  }

  /** call makes a call, alone or with others, and settles as the call does. */
  call(call: Call<A>, caller: Caller<A>): Promise<unknown> {
    this.#giveUp();
    // Without load, calls wait only for objects to which others are under way.
    if (!this.isLoaded()) this.#load.see(this.#flights.crowd() + this.#calls);
    const isFree = this.#flights.countTo(call.to) < atOnce && !this.#waiting.has(call.to);
    const gathers = this.isLoaded() && travels(call.size) > 0;
    return isFree && !gathers ? this.#alone(call, caller) : this.#joined(call, caller);
  }

  /**
   * shared returns the object to which the next call should go if any of the first `count` can take it: under load, up
   * to 32 of one gathering to the same free object. It returns undefined if there is no load.
   *
   * @param size how much the call holds, in characters
   */
  shared(count: number, size: number): number | undefined {
    if (!this.isLoaded()) return undefined;
    return this.#sharing.choose(count, {
      canTake: (shard) => this.#canShare(shard, size),
      waitingFor: (shard) => this.#sum(shard, (group) => group.all()),
    });
  }

  #canShare(shard: number, size: number): boolean {
    if (this.#flights.countTo(shard) >= atOnce) return false;
    const [group, more] = this.#waiting.get(shard) ?? [];
    return !group || (!more && group.calls() < mostShared && group.hasRoom({ size }));
  }

  #sum(target: Target, of: (group: Group<A>) => number): number {
    const groups = this.#waiting.get(target) ?? [];
    return groups.reduce((sum, group) => sum + of(group), 0);
  }

  #alone({ to, args, size, lingers, isAnywhere }: Call<A>, caller: Caller<A>): Promise<unknown> {
    const made = caller.alone(args);
    const count = travels(size);
    const flight = this.#flights.begin(to, count, isAnywhere ? count : 0);
    const timer = lingers ? setTimeout(() => this.#land(flight), quick) : undefined;
    const land = () => {
      if (timer !== undefined) clearTimeout(timer);
      this.#land(flight);
    };
    caller.keep(made.then(land, land));
    return made;
  }

  async #joined(call: Call<A>, caller: Caller<A>): Promise<unknown> {
    const group = this.#groupFor(call, caller);
    const settled = group.add(call);
    this.#calls += travels(call.size);
    if (this.isLoaded() && !this.#gathering) caller.keep(this.#gather());
    let looks = 0;
    const look = () => {
      this.#giveUp();
      if (group.isReleased()) caller.keep(this.#send(group, caller));
      if (++looks < mostLooks) timer = setTimeout(look, stale);
      else settled.resolve({ lost: undefined });
    };
    let timer = setTimeout(look, stale);
    const outcome = await settled.promise;
    clearTimeout(timer);
    if ("value" in outcome) return outcome.value;
    if ("thrown" in outcome) throw outcome.thrown;
    if (call.isSafe) return caller.alone(call.args);
    throw outcome.lost ?? lostCall();
  }

  #groupFor(call: Call<A>, caller: Caller<A>): Group<A> {
    const groups = this.#waiting.get(call.to) ?? [];
    const last = groups.at(-1);
    if (last?.hasRoom(call)) return last;
    const group = new Group<A>(call.lingers);
    groups.push(group);
    this.#waiting.set(call.to, groups);
    caller.keep(group.released().then(() => this.#send(group, caller)));
    return group;
  }

  #send(group: Group<A>, caller: Caller<A>): Promise<void> {
    return group.send(caller, (flight) => this.#land(flight));
  }

  async #gather(): Promise<void> {
    const gathering = { began: Date.now() };
    this.#gathering = gathering;
    for (let turn = 0; turn < mostTurns; turn++) {
      const calls = this.#calls;
      await nextTurn();
      if (this.#gathering !== gathering) return;
      if (calls === this.#calls && this.#flights.isEmpty()) break;
      if (Date.now() - gathering.began >= longest) break;
    }
    this.#endGathering();
  }

  #endGathering(): void {
    this.#gathering = undefined;
    this.#sharing.next();
    let crowd = 0;
    for (const target of this.#waiting.keys()) {
      crowd += crowdOf(this.#sum(target, (group) => group.calls()));
      this.#release(target);
    }
    this.#load.gathered(crowd);
  }

  #release(target: Target): void {
    const groups = this.#waiting.get(target) ?? [];
    while (this.#flights.countTo(target) < atOnce) {
      const group = groups.shift();
      if (!group) break;
      this.#calls -= group.calls();
      group.release(this.#flights.begin(target, group.calls(), group.anywhere()));
    }
    if (groups.length === 0) this.#waiting.delete(target);
  }

  #land(flight: Flight): void {
    if (!this.#flights.end(flight)) return;
    this.#endOverdue();
    if (!this.#gathering) this.#release(flight.to);
    if (this.#flights.isEmpty() && this.#waiting.size === 0) this.#idle();
  }

  /** Stops waiting for what is assumed to be lost. */
  #giveUp(): void {
    for (const flight of this.#flights.lost()) this.#land(flight);
    this.#endOverdue();
  }

  #endOverdue(): void {
    const gathering = this.#gathering;
    if (gathering && Math.abs(Date.now() - gathering.began) >= overdue) this.#endGathering();
  }
}

/** nextTurn resolves once the runtime has handled what has arrived. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** It is marked the way the runtime marks errors that are worth a retry. */
function lostCall(): Error {
  return Object.assign(new Error("The call was lost with the request that made it"), {
    retryable: true,
  });
}
