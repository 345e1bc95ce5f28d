import { RpcTarget } from "cloudflare:workers";
import type { Listener, Part, Settled } from "../../object/calls.ts";

/** atOnce is how many calls to one object may be under way before further ones wait and travel together. */
const atOnce = 2;

/** mostMembers is how many calls may travel as one, and mostText how much they may hold, in characters. */
const mostMembers = 100;
const mostText = 4 * 1024 * 1024;

/** quick is how long a call that may be slow can hold up others, in milliseconds. */
const quick = 10;

/** stale is when a call is assumed to be lost with the request that made it, in milliseconds. */
const stale = 5_000;

/** mostLooks is how many times that long a request waits for a call that another request makes. */
const mostLooks = 6;

/** Call is a call that can travel with others. */
export interface Call<A> {
  readonly args: A;
  /** How much it holds, in characters. */
  readonly size: number;
  /** Whether it can be made again if it is not known whether it was made. */
  readonly isSafe: boolean;
  /** Whether it returns only once something has ended. */
  readonly lingers: boolean;
}

/** Caller is the request that a call is part of. It makes calls with its own stubs. */
export interface Caller<A> {
  /** alone makes a call by itself. */
  alone(args: A): Promise<unknown>;
  /** together makes many calls at once; it rejects if it is not known whether any of them was made. */
  together(calls: readonly A[], listener: Listener | undefined): Promise<Part>;
  /** isRefused returns whether `together` was refused because the object runs code that is too old for it. */
  isRefused(thrown: unknown): boolean;
  /** keep lets a promise settle even if the request is over. */
  keep(promise: Promise<unknown>): void;
}

interface Member<A> extends Call<A> {
  readonly settled: PromiseWithResolvers<Settled | Lost>;
}

/** It is not known what became of a call, only what was thrown, if anything. */
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
  /** Its place among the calls under way, once it is its turn. */
  flight: Flight | undefined;
  isSent: boolean;
}

/**
 * CallQueue joins the calls of one method to one object that come from all requests of this isolate. If fewer than two
 * are under way, a call is made at once. Calls that come while two are under way travel together, as one call, as soon
 * as one of these returns.
 *
 * The runtime has three rules for promises that cross requests:
 *
 * 1. A promise can be settled by another request, and continues in its own. But everything that is sent belongs to one
 *    request: the first member of a group sends it, with its own stub, and a request settles plain data for others.
 * 2. A request whose client goes away ends, and its calls under way end with it, unless `waitUntil` keeps them. So
 *    whoever sends a group, now or later, is kept.
 * 3. A request that waits for nothing of its own is canceled as hung. So every member holds a timer, which also limits
 *    how long it waits.
 *
 * A request can end in spite of `waitUntil`: with its isolate, after 30 s, or because it has used its CPU time. Its
 * members find out by their timers: another of them sends a group that has not been sent, and a call whose answer is
 * lost holds up no others.
 */
export class CallQueue<A> {
  readonly #waiting: Group<A>[] = [];
  readonly #underWay = new Set<Flight>();
  readonly #idle: () => void;

  /** @param idle is called whenever no call is under way or waiting any more */
  constructor(idle: () => void = () => {}) {
    this.#idle = idle;
  }

  /** call makes a call, alone or with others, and settles as the call does. */
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

/** It is marked the way the runtime marks errors that are worth a retry. */
function lostCall(): Error {
  return Object.assign(new Error("The call was lost with the request that made it"), {
    retryable: true,
  });
}

function newGroup<A>(lingers: boolean): Group<A> {
  const turn = Promise.withResolvers<void>();
  return { members: [], size: 0, lingers, turn, flight: undefined, isSent: false };
}
