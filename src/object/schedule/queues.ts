import type { Operation } from "../../core/operation.ts";
import type { Standing } from "../storage/standing.ts";
import { OrderedIds } from "./ordered-ids.ts";

/** Queue is the unfinished work of one kind that is done in one place: here, or by workers elsewhere. */
interface Queue {
  readonly kind: string;
  readonly external: boolean;
  /** What could start now: its start time has come. */
  readonly ready: OrderedIds;
  /** What is under way. */
  readonly active: Set<string>;
  /** What is under way but for an answer, and holds no place meanwhile. */
  readonly asking: Set<string>;
  /** Whether what is under way holds one of the shared places. */
  readonly isShared: boolean;
}

/** QueueName says which queue an operation is in. */
export type QueueName = Pick<Operation, "kind" | "external">;

/** Places are what attempts of several kinds share: at most `size` of them are under way at once. */
export interface Places {
  readonly size: number;
  isShared(name: QueueName): boolean;
}

const unlimited: Places = { size: Number.POSITIVE_INFINITY, isShared: () => false };

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
  readonly #places: Places;

  /**
   * @param limitOf answers how many attempts of a kind may be under way at once
   * @param places what some kinds share besides
   */
  constructor(limitOf: (of: QueueName) => number, places = unlimited) {
    this.#limitOf = limitOf;
    this.#places = places;
  }

  /** note takes in an operation that was created or has changed. */
  note(op: Standing): void {
    const queue = this.#queueOf(op);
    // What waits for an answer may wait for days; it takes no place from others meanwhile.
    if (op.status === "running") queue.active.add(op.id);
    else if (queue.active.delete(op.id)) this.#stirred.add(queue);
    if (op.status === "input_required" && !op.isParked) queue.asking.add(op.id);
    else queue.asking.delete(op.id);
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
    queue.asking.delete(op.id);
    if (queue.active.delete(op.id)) this.#stirred.add(queue);
  }

  /** active is how many operations of all kinds are under way, those that wait for an answer among them. */
  get active(): number {
    let sum = 0;
    for (const { active, asking } of this.#queues.values()) sum += active.size + asking.size;
    return sum;
  }

  /** available is how many of a kind could start now. */
  available(name: QueueName): number {
    const queue = this.#queueOf(name);
    return Math.min(queue.ready.size, this.#free(queue));
  }

  /** withheld are the kinds whose work could start, but that none may be under way of. */
  get withheld(): readonly string[] {
    return [...this.#queues.values()]
      .filter((queue) => queue.ready.size > 0 && this.#limitOf(nameOf(queue)) === 0)
      .map(({ kind }) => kind);
  }

  /** hasRoom says whether a new operation of a kind may start before all that wait. */
  hasRoom(name: QueueName): boolean {
    const queue = this.#queueOf(name);
    if (queue.ready.size > 0 || this.#free(queue) === 0) return false;
    if (!queue.isShared) return true;
    // A place that is free may be another kind's, which has waited for it.
    let waiting = 0;
    for (const other of this.#queues.values()) {
      if (other.isShared) waiting += Math.min(other.ready.size, this.#ownRoom(other));
    }
    return this.#held() + waiting < this.#places.size;
  }

  /** here are the kinds whose work is done here, in an order that stays. */
  get here(): QueueName[] {
    return [...this.#queues.values()].filter(({ external }) => !external).map(nameOf);
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
    // A place that one kind gives back may be taken by any that shares it.
    const isAny = [...this.#stirred].some(({ isShared }) => isShared);
    const names = [...this.#queues.values()]
      .filter((queue) => this.#stirred.has(queue) || (isAny && queue.isShared))
      .map(nameOf)
      .filter((name) => this.available(name) > 0);
    this.#stirred.clear();
    return names;
  }

  /** How many more of a kind may be under way. */
  #free(queue: Queue): number {
    const room = this.#ownRoom(queue);
    return queue.isShared ? Math.max(0, Math.min(room, this.#places.size - this.#held())) : room;
  }

  /** The same by the limit of the kind alone. */
  #ownRoom(queue: Queue): number {
    return Math.max(0, this.#limitOf(nameOf(queue)) - queue.active.size);
  }

  /** How many shared places are held. */
  #held(): number {
    let sum = 0;
    for (const { active, isShared } of this.#queues.values()) if (isShared) sum += active.size;
    return sum;
  }

  #queueOf({ kind, external = false }: { kind: string; external?: boolean }): Queue {
    const key = external ? `external ${kind}` : kind;
    const known = this.#queues.get(key);
    if (known) return known;
    const queue: Queue = {
      kind,
      external,
      ready: new OrderedIds(),
      active: new Set(),
      asking: new Set(),
      isShared: this.#places.isShared(nameOf({ kind, external })),
    };
    this.#queues.set(key, queue);
    return queue;
  }
}

function nameOf({ kind, external }: { kind: string; external: boolean }): QueueName {
  return external ? { kind, external } : { kind };
}
