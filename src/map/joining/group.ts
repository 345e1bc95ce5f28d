import { RpcTarget } from "cloudflare:workers";
import type { Listener, Part, Settled } from "../../object/calls.ts";
import type { Call, Caller } from "./call.ts";
import type { Flight } from "./flights.ts";

/** mostMembers is how many calls may travel as one, and mostText how much they may hold, in characters. */
const mostMembers = 100;
const mostText = 4 * 1024 * 1024;

/** travels returns 1 for a call that could travel with another one of its size, and 0 for a large one. */
export function travels(size: number): 0 | 1 {
  return size <= mostText / 2 ? 1 : 0;
}

/** It is not known what became of a call, only what was thrown, if anything. */
interface Lost {
  readonly lost: unknown;
}

/** Waiter is a request that waits for the outcome of its call, with a promise of its own. */
type Waiter = PromiseWithResolvers<Settled | Lost>;

/** Member is what a group sends of one call, and who waits for it: one request, or all that ask for the same. */
interface Member<A> {
  readonly args: A;
  readonly waiters: Waiter[];
}

/** Group is calls to one object that travel as one. */
export class Group<A> {
  readonly #members: Member<A>[] = [];
  readonly #reads = new Map<string, Member<A>>();
  readonly #lingers: boolean;
  readonly #turn = Promise.withResolvers<void>();
  #all = 0;
  #calls = 0;
  #anywhere = 0;
  #size = 0;
  #flight: Flight | undefined;
  #isSent = false;

  /** @param lingers whether its calls return only once something has ended: they all do, or none */
  constructor(lingers: boolean) {
    this.#lingers = lingers;
  }

  /** all returns how many calls have been added, also those that are the same read. */
  all(): number {
    return this.#all;
  }

  /** calls returns how many of these are not large. */
  calls(): number {
    return this.#calls;
  }

  /** anywhere returns how many of the calls that are not large any object could take. */
  anywhere(): number {
    return this.#anywhere;
  }

  /** hasRoom returns whether a call can be added. */
  hasRoom({ size, sameAs }: Pick<Call<A>, "size" | "sameAs">): boolean {
    if (sameAs !== undefined && this.#reads.has(sameAs)) return true;
    return this.#members.length < mostMembers && this.#size + size <= mostText;
  }

  /**
   * add adds a call, and returns what is settled once the group has been sent. Each request needs a promise that it has
   * made itself: those of another request continue for nobody once that has ended.
   */
  add({ args, size, sameAs, isAnywhere }: Call<A>): Waiter {
    const count = travels(size);
    this.#all += 1;
    this.#calls += count;
    if (isAnywhere) this.#anywhere += count;
    const waiter: Waiter = Promise.withResolvers();
    const same = sameAs === undefined ? undefined : this.#reads.get(sameAs);
    if (same) {
      same.waiters.push(waiter);
      return waiter;
    }
    const member = { args, waiters: [waiter] };
    this.#members.push(member);
    this.#size += size;
    if (sameAs !== undefined) this.#reads.set(sameAs, member);
    return waiter;
  }

  /** released resolves when it is the group's turn to be sent. */
  released(): Promise<void> {
    return this.#turn.promise;
  }

  /** release says that it is the group's turn. */
  release(flight: Flight): void {
    this.#flight = flight;
    this.#turn.resolve();
  }

  /** isReleased returns whether it is the group's turn, or has been. */
  isReleased(): boolean {
    return this.#flight !== undefined;
  }

  /**
   * send makes the calls, unless another request has done so, and settles them. A single call is made by itself.
   *
   * @param landed receives the group's flight once it holds up no others
   */
  async send(caller: Caller<A>, landed: (flight: Flight) => void): Promise<void> {
    const flight = this.#flight;
    if (!flight || this.#isSent) return;
    this.#isSent = true;
    const told = (part: Part) => {
      landed(flight);
      for (const [index, settled] of part) settle(this.#members[index], settled);
    };
    let thrown: unknown;
    try {
      if (this.#members.length > 1 || this.#lingers) {
        const calls = this.#members.map(({ args }) => args);
        told(await caller.together(calls, this.#lingers ? new Told(told) : undefined));
      } else {
        await this.#apart(caller);
      }
    } catch (caught) {
      thrown = caught;
      if (caller.isRefused(caught)) await this.#apart(caller);
    }
    landed(flight);
    // Those that have been told are settled, and stay so.
    const lost = { lost: thrown };
    for (const member of this.#members) settle(member, lost);
  }

  async #apart(caller: Caller<A>): Promise<void> {
    await Promise.all(
      this.#members.map(async (member) => {
        try {
          settle(member, { value: await caller.alone(member.args) });
        } catch (thrown) {
          settle(member, { thrown });
        }
      }),
    );
  }
}

function settle(member: Member<unknown> | undefined, outcome: Settled | Lost): void {
  for (const { resolve } of member?.waiters ?? []) resolve(outcome);
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
