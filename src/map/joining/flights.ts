import type { Target } from "./call.ts";
import { crowdOf } from "./load.ts";

/** stale is when a call is assumed to be lost with the request that made it, in milliseconds. */
export const stale = 5_000;

/** Flight is a call to an object, or a group of calls, that is under way. */
export interface Flight {
  readonly to: Target;
  readonly calls: number;
  /** How many of these any object could have taken. */
  readonly anywhere: number;
  readonly began: number;
  readonly traffic: Traffic;
}

/** Traffic is how much is under way to one object. */
interface Traffic {
  flights: number;
  /** Without those that any object could have taken. */
  calls: number;
}

/** Flights is the calls to a tenant's objects that are under way. */
export class Flights {
  readonly #all = new Set<Flight>();
  readonly #byObject = new Map<Target, Traffic>();
  #crowd = 0;
  #anywhere = 0;

  /** isEmpty returns whether none is under way. */
  isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** countTo returns how many are under way to one object. */
  countTo(target: Target): number {
    return this.#byObject.get(target)?.flights ?? 0;
  }

  /** crowd returns how many calls are under way that could have traveled with another one. */
  crowd(): number {
    return this.#crowd + crowdOf(this.#anywhere);
  }

  /** begin records that so many calls have been sent to an object as one, and how many any object could have taken. */
  begin(to: Target, calls: number, anywhere: number): Flight {
    const traffic = this.#byObject.get(to) ?? { flights: 0, calls: 0 };
    this.#byObject.set(to, traffic);
    const flight = { to, calls, anywhere, began: Date.now(), traffic };
    this.#change(flight, 1);
    this.#all.add(flight);
    return flight;
  }

  /** end returns whether the flight was under way. */
  end(flight: Flight): boolean {
    if (!this.#all.delete(flight)) return false;
    this.#change(flight, -1);
    if (flight.traffic.flights === 0) this.#byObject.delete(flight.to);
    return true;
  }

  /** lost returns the flights that are assumed to be lost. */
  lost(): readonly Flight[] {
    const lost: Flight[] = [];
    const now = Date.now();
    // In the order in which they began.
    for (const flight of this.#all) {
      if (Math.abs(now - flight.began) < stale) break;
      lost.push(flight);
    }
    return lost;
  }

  #change({ traffic, calls, anywhere }: Flight, by: 1 | -1): void {
    this.#crowd -= crowdOf(traffic.calls);
    traffic.flights += by;
    traffic.calls += by * (calls - anywhere);
    this.#crowd += crowdOf(traffic.calls);
    this.#anywhere += by * anywhere;
  }
}
