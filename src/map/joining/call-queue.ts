import { RpcTarget } from "cloudflare:workers";
import type { Listener, Part, Settled } from "../../object/calls.ts";

/** atOnce is how many calls to one object are under way before the next ones wait and travel together. */
const atOnce = 2;

/** mostMembers is how many calls travel as one, and mostText how much they hold, in characters. */
const mostMembers = 100;
const mostText = 4 * 1024 * 1024;

/** quick is how long a call that may take its time holds back others, in milliseconds. */
const quick = 10;

/** stale is after how long a call is taken to be lost with the request that made it, in milliseconds. */
const stale = 5_000;

/** mostLooks is after how many times as long nobody waits any more for a call that somebody else makes. */
const mostLooks = 6;

/** Call is a call that may travel with others. */
export interface Call<A> {
  readonly args: A;
  /** How much it holds, in characters. */
  readonly size: number;
  /** Whether it does no harm to make it again, when nobody knows whether it was made. */
  readonly isSafe: boolean;
  /** Whether it is answered only once something has ended. */
  readonly lingers: boolean;
}

/** Caller is the request that a call is part of. What it makes, it makes with stubs of its own. */
export interface Caller<A> {
  /** alone makes a call by itself. */
  alone(args: A): Promise<unknown>;
  /** together makes many calls at once; it rejects if none of them is known to have been made. */
  together(calls: readonly A[], listener: Listener | undefined): Promise<Part>;
  /** isRefused says whether together was refused because the object's code is too old for it. */
  isRefused(thrown: unknown): boolean;
  /** keep lets a promise settle although the request is over. */
  keep(promise: Promise<unknown>): void;
}

interface Member<A> extends Call<A> {
  readonly settled: PromiseWithResolvers<Settled | Lost>;
}

/** Nobody knows what became of a call; what was thrown is known if anything was. */
interface Lost {
  readonly lost: unknown;
}

interface Flight {
  readonly began: number;
}

interface Group<A> {
  readonly members: Member<A>[];
  size: number;
  readonly lingers: boolean;
  /** Resolves when it may be sent. */
  readonly turn: PromiseWithResolvers<void>;
  /** Its place among what is under way, once it has its turn. */
  flight: Flight | undefined;
  isSent: boolean;
}

/**
 * CallQueue joins the calls of one method to one object, of whatever requests of this isolate. A call
 * waits for nobody while fewer than two are under way; those that come meanwhile travel together, as
 * one call, as soon as one of these returns.
 *
 * What the runtime asks of promises that cross requests:
 *
 * 1. A promise may be settled from another request, and goes on in its own. But everything that
 *    leaves is of one request: so the first member of a group sends it, by its own stub, and what a
 *    request settles for others is plain data.
 * 2. A request whose client goes away ends, and what it has under way with it, unless `waitUntil`
 *    holds it. So whoever sends, and whoever will, is held.
 * 3. A request that awaits nothing of its own is canceled as hung. So every member holds a timer,
 *    which is its patience as well.
 *
 * A request can end in spite of `waitUntil`: it is killed with its isolate, or after 30 s, or for the
 * CPU that it used. Then its members find out by their timers: a group that was to be sent is sent by
 * another of its members, and one whose answer is lost holds back no other.
 */
export class CallQueue<A> {
  readonly #waiting: Group<A>[] = [];
  readonly #underWay = new Set<Flight>();
  readonly #idle: () => void;

  /** @param idle is called each time that nothing is under way any more, and nothing waits */
  constructor(idle: () => void = () => {}) {
    this.#idle = idle;
  }

  /** call makes a call, with others or alone, and settles as it does. */
  call(call: Call<A>, caller: Caller<A>): Promise<unknown> {
    this.#prune();
    return this.#underWay.size < atOnce ? this.#alone(call, caller) : this.#joined(call, caller);
  }

  #alone({ args, lingers }: Call<A>, caller: Caller<A>): Promise<unknown> {
    const made = caller.alone(args);
    const flight = { began: Date.now() };
    this.#underWay.add(flight);
    const timer = lingers ? setTimeout(() => this.#land(flight), quick) : undefined;
    const land = () => {
      if (timer !== undefined) clearTimeout(timer);
      this.#land(flight);
    };
    caller.keep(made.then(land, land));
    return made;
  }

  async #joined(call: Call<A>, caller: Caller<A>): Promise<unknown> {
    const member = { ...call, settled: Promise.withResolvers<Settled | Lost>() };
    const last = this.#waiting.at(-1);
    const hasRoom = last && last.members.length < mostMembers && last.size + call.size <= mostText;
    const group = hasRoom ? last : newGroup<A>(call.lingers);
    group.members.push(member);
    group.size += call.size;
    if (!hasRoom) {
      this.#waiting.push(group);
      caller.keep(group.turn.promise.then(() => this.#send(group, caller)));
    }
    let looks = 0;
    const look = () => {
      this.#prune();
      if (group.flight) caller.keep(this.#send(group, caller));
      if (++looks < mostLooks) timer = setTimeout(look, stale);
      else member.settled.resolve({ lost: undefined });
    };
    let timer = setTimeout(look, stale);
    const settled = await member.settled.promise;
    clearTimeout(timer);
    if ("value" in settled) return settled.value;
    if ("thrown" in settled) throw settled.thrown;
    if (call.isSafe) return caller.alone(call.args);
    throw settled.lost ?? lostCall();
  }

  async #send(group: Group<A>, caller: Caller<A>): Promise<void> {
    if (group.isSent) return;
    group.isSent = true;
    const { members, flight } = group;
    const told = (part: Part) => {
      this.#land(flight);
      for (const [index, settled] of part) members[index]?.settled.resolve(settled);
    };
    let thrown: unknown;
    try {
      const calls = members.map(({ args }) => args);
      told(await caller.together(calls, group.lingers ? new Told(told) : undefined));
    } catch (caught) {
      thrown = caught;
      if (caller.isRefused(caught)) await this.#apart(group, caller);
    }
    this.#land(flight);
    // Those that have been told are settled, and stay so.
    const lost = { lost: thrown };
    for (const { settled } of members) settled.resolve(lost);
  }

  async #apart({ members }: Group<A>, caller: Caller<A>): Promise<void> {
    await Promise.all(
      members.map(({ args, settled }) =>
        caller.alone(args).then(
          (value) => settled.resolve({ value }),
          (thrown) => settled.resolve({ thrown }),
        ),
      ),
    );
  }

  #land(flight: Flight | undefined): void {
    if (!flight || !this.#underWay.delete(flight)) return;
    this.#next();
    if (this.#underWay.size === 0) this.#idle();
  }

  #next(): void {
    while (this.#underWay.size < atOnce) {
      const group = this.#waiting.shift();
      if (!group) return;
      group.flight = { began: Date.now() };
      this.#underWay.add(group.flight);
      group.turn.resolve();
    }
  }

  #prune(): void {
    if (this.#underWay.size === 0) return;
    const now = Date.now();
    for (const flight of this.#underWay) {
      if (Math.abs(now - flight.began) >= stale) this.#land(flight);
    }
  }
}

class Told extends RpcTarget implements Listener {
  readonly #told: (part: Part) => void;

  constructor(told: (part: Part) => void) {
    super();
    this.#told = told;
  }

  async told(part: Part): Promise<void> {
    this.#told(part);
  }
}

/** It is marked as the runtime marks what is worth to be tried again. */
function lostCall(): Error {
  return Object.assign(new Error("The call was lost with the request that made it"), {
    retryable: true,
  });
}

function newGroup<A>(lingers: boolean): Group<A> {
  const turn = Promise.withResolvers<void>();
  return { members: [], size: 0, lingers, turn, flight: undefined, isSent: false };
}
