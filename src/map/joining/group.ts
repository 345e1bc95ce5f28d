import { RpcTarget } from "cloudflare:workers";
import type { Listener, Part, Settled } from "../../object/calls.ts";
import type { Call, Caller } from "./call.ts";
import type { Flight } from "./flights.ts";

/** mostMembers is how many calls may travel as one, and mostText how much they may hold, in characters. */
const mostMembers = 100;
const mostText = 4 * 1024 * 1024;

/** It is not known what became of a call, only what was thrown, if anything. */
interface Lost {
  readonly lost: unknown;
}

/** Member is one call of a group, whose outcome its own request waits for. */
type Member<A> = Call<A> & { readonly settled: PromiseWithResolvers<Settled | Lost> };

/** Group is calls to one object that travel as one. */
export class Group<A> {
  readonly #members: Member<A>[] = [];
  readonly #lingers: boolean;
  readonly #turn = Promise.withResolvers<void>();
  #size = 0;
  #flight: Flight | undefined;
  #isSent = false;

  /** @param lingers whether its calls return only once something has ended: they all do, or none */
  constructor(lingers: boolean) {
    this.#lingers = lingers;
  }

  /** calls returns how many calls it has. */
  calls(): number {
    return this.#members.length;
  }

  /** hasRoom returns whether a call that holds so many characters can be added. */
  hasRoom(size: number): boolean {
    return this.#members.length < mostMembers && this.#size + size <= mostText;
  }

  /** add adds a call, whose outcome is settled once the group has been sent. */
  add(call: Call<A>): Member<A> {
    const member = { ...call, settled: Promise.withResolvers<Settled | Lost>() };
    this.#members.push(member);
    this.#size += call.size;
    return member;
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
      for (const [index, settled] of part) this.#members[index]?.settled.resolve(settled);
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
    for (const { settled } of this.#members) settled.resolve(lost);
  }

  async #apart(caller: Caller<A>): Promise<void> {
    await Promise.all(
      this.#members.map(async ({ args, settled }) => {
        try {
          settled.resolve({ value: await caller.alone(args) });
        } catch (thrown) {
          settled.resolve({ thrown });
        }
      }),
    );
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
