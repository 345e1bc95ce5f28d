import { isTerminal, type Operation } from "../core/operation.ts";
import { OrderedIds } from "./ordered-ids.ts";
import type { Standing } from "./standing.ts";

/** Queue is the unfinished work of one kind that is done in one place: here, or by workers elsewhere. */
interface Queue {
  readonly kind: string;
  readonly external: boolean;
  /** What could start now: its start time has come. */
  readonly ready: OrderedIds;
  /** What is under way. */
  readonly active: Set<string>;
}

/** QueueName says which queue an operation is in. */
export type QueueName = Pick<Operation, "kind" | "external">;

/**
 * Queues hold, in memory, which operations of each kind could start and which are under way, so
 * that what comes next is found without reading the map. They follow from the operations and are
 * built again at each start of the object.
 */
export class Queues {
  readonly #queues = new Map<string, Queue>();
  /** Queues in which something may have become free to start. */
  readonly #stirred = new Set<Queue>();
  readonly #limitOf: (of: QueueName) => number;

  /** @param limitOf answers how many attempts of a kind may be under way at once */
  constructor(limitOf: (of: QueueName) => number) {
    this.#limitOf = limitOf;
  }

  /** note takes in an operation that was created or has changed. */
  note(op: Standing): void {
    const queue = this.#queueOf(op);
    // What is parked has no attempt; it waits for an answer, and then in the queue.
    if (isTerminal(op) || op.status === "pending" || op.isParked) {
      if (queue.active.delete(op.id)) this.#stirred.add(queue);
    } else queue.active.add(op.id);
    if (op.status === "pending" && op.startAt === undefined) this.ready(op);
    else queue.ready.delete(op.id);
  }

  /** ready says that the start time of a pending operation has come. */
  ready(op: Standing): void {
    const queue = this.#queueOf(op);
    queue.ready.add(op.id);
    this.#stirred.add(queue);
  }

  /** drop leaves out an operation that cannot start although it seemed so. */
  drop(name: QueueName, id: string): void {
    this.#queueOf(name).ready.delete(id);
  }

  /** forget leaves out an operation that is not in the map. */
  forget(op: Operation): void {
    const queue = this.#queueOf(op);
    queue.ready.delete(op.id);
    if (queue.active.delete(op.id)) this.#stirred.add(queue);
  }

  /** active is how many operations of all kinds are under way. */
  get active(): number {
    let sum = 0;
    for (const { active } of this.#queues.values()) sum += active.size;
    return sum;
  }

  /** available is how many of a kind could start now. */
  available(name: QueueName): number {
    const { ready, active } = this.#queueOf(name);
    return Math.max(0, Math.min(ready.size, this.#limitOf(name) - active.size));
  }

  /** withheld are the kinds whose work could start, but that none may be under way of. */
  get withheld(): readonly string[] {
    return [...this.#queues.values()]
      .filter((queue) => queue.ready.size > 0 && this.#limitOf(nameOf(queue)) === 0)
      .map(({ kind }) => kind);
  }

  /** hasRoom says whether a new operation of a kind may start before all that wait. */
  hasRoom(name: QueueName): boolean {
    const { ready, active } = this.#queueOf(name);
    return ready.size === 0 && active.size < this.#limitOf(name);
  }

  /** next is the oldest operation of any of these kinds that could start now. */
  next(names: readonly QueueName[]): (QueueName & { readonly id: string }) | undefined {
    let next: (QueueName & { readonly id: string }) | undefined;
    for (const name of names) {
      if (this.available(name) === 0) continue;
      const id = this.#queueOf(name).ready.first;
      if (id !== undefined && (next === undefined || id < next.id)) next = { ...name, id };
    }
    return next;
  }

  /** stirred answers, once, the kinds in which something has become free to start. */
  stirred(): QueueName[] {
    const names = [...this.#stirred].map(nameOf).filter((name) => this.available(name) > 0);
    this.#stirred.clear();
    return names;
  }

  #queueOf({ kind, external = false }: { kind: string; external?: boolean }): Queue {
    const key = external ? `external ${kind}` : kind;
    const known = this.#queues.get(key);
    if (known) return known;
    const queue = { kind, external, ready: new OrderedIds(), active: new Set<string>() };
    this.#queues.set(key, queue);
    return queue;
  }
}

function nameOf({ kind, external }: Queue): QueueName {
  return external ? { kind, external } : { kind };
}
