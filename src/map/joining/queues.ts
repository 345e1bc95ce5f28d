import type { Call, Caller } from "./call.ts";
import { CallQueue } from "./call-queue.ts";

/** mostAtRest is how many idle queues are kept because there was load when they were busy. */
const mostAtRest = 256;

/** Queues is the queues of an isolate, by method and tenant. Idle ones are forgotten, unless there is load. */
export class Queues {
  readonly #busy = new Map<string, CallQueue<unknown>>();
  /** Idle queues under load: between two groups there may be a moment without any call. */
  readonly #atRest = new Map<string, CallQueue<unknown>>();

  /** call makes a call in the queue of that name. */
  call<A>(name: string, call: Call<A>, caller: Caller<A>): Promise<unknown> {
    const queue = this.#find(name) ?? new CallQueue<unknown>(() => this.#rest(name, queue));
    const made = (queue as CallQueue<A>).call(call, caller);
    // Not earlier: a call that gives up on the ones before it may find the queue idle.
    this.#atRest.delete(name);
    this.#busy.set(name, queue);
    return made;
  }

  /** shared returns to which of the first `count` objects the next call should go, as the queue of that name does. */
  shared(name: string, count: number, size: number): number | undefined {
    return this.#find(name)?.shared(count, size);
  }

  #find(name: string): CallQueue<unknown> | undefined {
    return this.#busy.get(name) ?? this.#atRest.get(name);
  }

  #rest(name: string, queue: CallQueue<unknown>): void {
    if (this.#busy.get(name) !== queue) return;
    this.#busy.delete(name);
    if (!queue.isLoaded()) return;
    this.#atRest.set(name, queue);
    if (this.#atRest.size <= mostAtRest) return;
    const [oldest] = this.#atRest.keys();
    if (oldest !== undefined) this.#atRest.delete(oldest);
  }
}

/** The queues of this isolate, by the bindings through which their objects are reached. */
const all = new WeakMap<object, Queues>();

/** queuesOf returns the queues of calls that are made through the bindings of an environment. */
export function queuesOf(env: object): Queues {
  const known = all.get(env);
  if (known) return known;
  const made = new Queues();
  all.set(env, made);
  return made;
}
