import { isToUndo, type Operation } from "../../core/operation/operation.ts";
import type { KindLevel, KindLevels } from "../../core/statistics/kind-levels.ts";
import type { UpstreamRequest } from "../../core/upstream-request.ts";
import { isParkedNow, type Standing } from "../storage/standing.ts";
import { type Ready, ReadyIds } from "./ready-ids.ts";

/**
 * QueueName says which queue an operation is in. What goes to an upstream with a limit of its own is a
 * queue by itself, so that it holds back no other.
 */
export type QueueName = Pick<Operation, "kind" | "external"> & {
  readonly upstream?: Pick<UpstreamRequest, "name">;
  /** Whether its attempts undo steps: they take the same places, and go on while the kind is paused. */
  readonly isUndoing?: boolean;
};

/** Places are what attempts of several queues share: at most `size` of them are under way at once. */
export interface Places {
  readonly size: number;
  /** The upstream whose places they are, if they are one's. */
  readonly upstream?: string;
  isShared(name: QueueName): boolean;
}

/** Queue is unfinished work that is done in one place: here, or by workers elsewhere. */
interface Queue {
  readonly name: QueueName;
  /** What could start now: its start time has come. */
  readonly ready: ReadyIds;
  /** What is under way. */
  readonly active: Set<string>;
  /** What is under way but for an answer, and holds no place meanwhile. */
  readonly asking: Set<string>;
  /** What has no attempt while it sleeps or waits for an answer. */
  readonly parked: Set<string>;
  /** What its attempts take a place of: the limit of its kind, and Places. */
  readonly bounds: readonly Bound[];
  /** Whether nothing of it may start. */
  readonly isStopped: () => boolean;
  /** The queue of those whose steps are undone. */
  undoing?: Queue;
}

/** Bound is how many attempts of some queues may be under way at once, and are. */
interface Bound {
  readonly limit: () => number;
  readonly queues: Queue[];
  held: number;
}

/**
 * Queues hold, in memory, which operations of each kind could start and which are under way, so
 * that what comes next is found without reading the map. They follow from the operations and are
 * built again at each start of the object.
 */
export class Queues {
  readonly #queues: Queue[] = [];
  readonly #byName = new Map<string, Queue>();
  /** Queues in which something may have become free to start. */
  readonly #stirred = new Set<Queue>();
  /** The limits of kinds, by a key that tells here from elsewhere. */
  readonly #kinds = new Map<string, Bound>();
  readonly #places: readonly { readonly of: Places; readonly bound: Bound }[];
  readonly #upstreams: ReadonlySet<string | undefined>;
  readonly #limitOf: (of: QueueName) => number;
  readonly #isPaused: (kind: string) => boolean;

  /**
   * @param limitOf returns how many attempts of a kind may be under way at once
   * @param places what some queues share besides
   * @param isPaused says whether nothing of a kind may start
   */
  constructor(
    limitOf: (of: QueueName) => number,
    places: readonly Places[] = [],
    isPaused: (kind: string) => boolean = () => false,
  ) {
    this.#limitOf = limitOf;
    this.#isPaused = isPaused;
    this.#places = places.map((of) => ({ of, bound: boundBy(() => of.size) }));
    this.#upstreams = new Set(places.flatMap(({ upstream }) => upstream ?? []));
  }

  /** note takes in an operation that was created or has changed. */
  note(op: Standing): void {
    const queue = this.#queueOf(op);
    // What waits for an answer may wait for days; it takes no place from others meanwhile.
    if (op.status === "running" && !isToUndo(op)) take(queue, op.id);
    else if (giveBack(queue, op.id)) this.#stirred.add(queue);
    if (op.status === "input_required" && !op.isParked) queue.asking.add(op.id);
    else queue.asking.delete(op.id);
    if (isParkedNow(op)) queue.parked.add(op.id);
    else queue.parked.delete(op.id);
    if (op.status === "pending" && op.startAt === undefined) this.ready(op);
    else queue.ready.delete(op.id);
    // What waits there has begun or ended; `ready` says so once its time has come.
    queue.undoing?.ready.delete(op.id);
  }

  /** ready says that the start time of an operation has come. */
  ready(op: Standing): void {
    const queue = this.#queueOf(isToUndo(op) ? { ...op, isUndoing: true } : op);
    queue.ready.add(op.id, op.priority);
    queue.parked.delete(op.id);
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
    queue.undoing?.ready.delete(op.id);
    queue.asking.delete(op.id);
    queue.parked.delete(op.id);
    if (giveBack(queue, op.id)) this.#stirred.add(queue);
  }

  /** sums are how many operations of all kinds are under way, how many of these ask, and how many are parked. */
  get sums(): { readonly running: number; readonly asking: number; readonly parked: number } {
    const sums = { running: 0, asking: 0, parked: 0 };
    for (const { active, asking, parked } of this.#queues) {
      sums.running += active.size + asking.size;
      sums.asking += asking.size;
      sums.parked += parked.size;
    }
    return sums;
  }

  /** available returns how many of a queue could start now. */
  available(name: QueueName): number {
    const queue = this.#queueOf(name);
    return Math.min(queue.ready.size, room(queue));
  }

  /** withheld are the kinds whose work could start, but that none may be under way of; not those that are paused. */
  get withheld(): readonly string[] {
    const kinds = this.#queues
      .filter(({ ready, bounds }) => ready.size > 0 && bounds.some(({ limit }) => limit() === 0))
      .filter(({ isStopped }) => !isStopped())
      .map(({ name }) => name.kind);
    return [...new Set(kinds)];
  }

  /** resumed says that what waits of a kind is to be looked at: it is not paused any more, or there is room again. */
  resumed(kind: string): void {
    for (const queue of this.#queues) {
      if (queue.name.kind === kind) this.#stirred.add(queue);
    }
  }

  /** levels are how many of each kind are under way, and could start. */
  get levels(): KindLevels {
    const levels = new Map<string, Required<KindLevel>>();
    const none = { running: 0, waiting: 0, asking: 0, parked: 0 };
    for (const { name, active, asking, parked, ready } of this.#queues) {
      const { kind } = name;
      const before = levels.get(kind) ?? none;
      levels.set(kind, {
        paused: this.#isPaused(kind),
        running: before.running + active.size + asking.size,
        waiting: before.waiting + ready.size,
        asking: before.asking + asking.size,
        parked: before.parked + parked.size,
      });
    }
    return Object.fromEntries(levels);
  }

  /** hasRoom says whether a new operation of a queue may start before all that wait. */
  hasRoom(name: QueueName): boolean {
    const queue = this.#queueOf(name);
    if (queue.ready.size > 0 || room(queue) === 0) return false;
    return queue.bounds.every((bound) => {
      // A place that is free may be another queue's, which has waited for it.
      let waiting = 0;
      for (const other of bound.queues) {
        if (other.ready.size > 0) waiting += Math.min(other.ready.size, room(other, bound));
      }
      return waiting === 0 || bound.held + waiting < bound.limit();
    });
  }

  /** here are the queues whose work is done here, in an order that stays. */
  get here(): QueueName[] {
    return this.#queues.map(({ name }) => name).filter(({ external }) => !external);
  }

  /** next returns what comes first of what could start now in any of these queues: by priority, then the oldest. */
  next(names: readonly QueueName[]): (QueueName & { readonly id: string }) | undefined {
    let next: (QueueName & { readonly id: string }) | undefined;
    let known: Ready | undefined;
    for (const name of names) {
      if (this.available(name) === 0) continue;
      const { first } = this.#queueOf(name).ready;
      if (!first || !isBefore(first, known)) continue;
      known = first;
      next = { ...name, id: first.id };
    }
    return next;
  }

  /** stirred returns, once, the queues in which something has become free to start. */
  stirred(): QueueName[] {
    // A place that one gives back may be taken by any that shares it.
    const near = new Set<Queue>();
    for (const { bounds } of this.#stirred) {
      for (const { queues } of bounds) for (const queue of queues) near.add(queue);
    }
    this.#stirred.clear();
    return this.#queues
      .filter((queue) => near.has(queue))
      .map(({ name }) => name)
      .filter((name) => this.available(name) > 0);
  }

  #queueOf(name: QueueName): Queue {
    const queue = this.#queueOfWork(name);
    if (!name.isUndoing) return queue;
    queue.undoing ??= this.#add({ ...queue.name, isUndoing: true }, queue.bounds, () => false);
    return queue.undoing;
  }

  #queueOfWork({ kind, external, upstream }: QueueName): Queue {
    const place = external ? `external ${kind}` : kind;
    const isApart = !external && this.#upstreams.has(upstream?.name);
    const key = isApart ? `${kind}/${upstream?.name}` : place;
    const known = this.#byName.get(key);
    if (known) return known;
    const name: QueueName = {
      kind,
      ...(external && { external }),
      ...(isApart && upstream && { upstream: { name: upstream.name } }),
    };
    const ofKind = this.#kinds.get(place) ?? boundBy(() => this.#limitOf(name));
    this.#kinds.set(place, ofKind);
    const shared = this.#places.filter(({ of }) => of.isShared(name)).map((one) => one.bound);
    const queue = this.#add(name, [ofKind, ...shared], () => this.#isPaused(kind));
    this.#byName.set(key, queue);
    return queue;
  }

  #add(name: QueueName, bounds: readonly Bound[], isStopped: () => boolean): Queue {
    const queue = {
      name,
      ready: new ReadyIds(),
      active: new Set<string>(),
      asking: new Set<string>(),
      parked: new Set<string>(),
      bounds,
      isStopped,
    };
    for (const { queues } of bounds) queues.push(queue);
    this.#queues.push(queue);
    return queue;
  }
}

function isBefore(one: Ready, other: Ready | undefined): boolean {
  if (!other) return true;
  return one.priority === other.priority ? one.id < other.id : one.priority < other.priority;
}

function boundBy(limit: () => number): Bound {
  return { limit, queues: [], held: 0 };
}

function take({ active, bounds }: Queue, id: string): void {
  if (active.has(id)) return;
  active.add(id);
  for (const bound of bounds) bound.held += 1;
}

/** Returns whether it held a place. */
function giveBack({ active, bounds }: Queue, id: string): boolean {
  if (!active.delete(id)) return false;
  for (const bound of bounds) bound.held -= 1;
  return true;
}

/** How many more of a queue may be under way, by all its bounds but one. */
function room({ bounds, isStopped }: Queue, but?: Bound): number {
  if (isStopped()) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (const bound of bounds) {
    if (bound !== but) least = Math.min(least, bound.limit() - bound.held);
  }
  return Math.max(0, least);
}
