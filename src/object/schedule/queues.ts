import { isToUndo, type Operation } from "../../core/operation/operation.ts";
import type { KindLevel, KindLevels } from "../../core/statistics/kind-levels.ts";
import type { UpstreamRequest } from "../../core/upstream-request.ts";
import { isParkedNow, type Standing } from "../storage/standing.ts";
import { type Ready, ReadyIds } from "./ready-ids.ts";

/**
 * QueueName identifies the queue of an operation. Operations for an upstream with its own limit have their own queue,
 * so that they hold back no others.
 */
export type QueueName = Pick<Operation, "kind" | "external"> & {
  readonly upstream?: Pick<UpstreamRequest, "name">;
  /** Whether its attempts undo steps: they take the same places, and continue while the kind is paused. */
  readonly isUndoing?: boolean;
};

/** Places are shared by attempts of several queues: at most `size` of them run at once. */
export interface Places {
  readonly size: number;
  /** The upstream that the places belong to, if any. */
  readonly upstream?: string;
  isShared(name: QueueName): boolean;
}

/** Queue is unfinished work that is done in one place: here, or by outside workers. */
interface Queue {
  readonly name: QueueName;
  /** What could start now: its start time has come. */
  readonly ready: ReadyIds;
  /** What is running. */
  readonly active: Set<string>;
  /** What is running but waits for an answer, and holds no place meanwhile. */
  readonly asking: Set<string>;
  /** What has no attempt while it sleeps or waits for an answer. */
  readonly parked: Set<string>;
  /** What its attempts take places of: the limit of its kind, and Places. */
  readonly bounds: readonly Bound[];
  /** Whether it is paused. */
  readonly isStopped: () => boolean;
  /** The queue of operations whose steps are being undone. */
  undoing?: Queue;
}

/** Bound is how many attempts of some queues may run at once, and how many do. */
interface Bound {
  readonly limit: () => number;
  readonly queues: Queue[];
  held: number;
}

/**
 * Queues knows, in memory, which operations of each kind could start and which are running, so that the next one is
 * found without reading the map. It follows from the operations and is rebuilt at each start of the object.
 */
export class Queues {
  readonly #queues: Queue[] = [];
  readonly #byName = new Map<string, Queue>();
  /** Queues in which something may have become able to start. */
  readonly #stirred = new Set<Queue>();
  /** The limits of kinds, by a key that distinguishes work done here from work done elsewhere. */
  readonly #kinds = new Map<string, Bound>();
  readonly #places: readonly { readonly of: Places; readonly bound: Bound }[];
  readonly #upstreams: ReadonlySet<string | undefined>;
  readonly #limitOf: (of: QueueName) => number;
  readonly #isPaused: (kind: string) => boolean;

  /**
   * @param limitOf returns how many attempts of a kind may run at once
   * @param places what some queues share besides
   * @param isPaused returns whether a kind is paused
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

  /** note adds or updates an operation that was created or has changed. */
  note(op: Standing): void {
    const queue = this.#queueOf(op);
    // An operation may wait for an answer for days; it takes no place from others meanwhile.
    if (op.status === "running" && !isToUndo(op)) take(queue, op.id);
    else if (giveBack(queue, op.id)) this.#stirred.add(queue);
    if (op.status === "input_required" && !op.isParked) queue.asking.add(op.id);
    else queue.asking.delete(op.id);
    if (isParkedNow(op)) queue.parked.add(op.id);
    else queue.parked.delete(op.id);
    if (op.status === "pending" && op.startAt === undefined) this.ready(op);
    else queue.ready.delete(op.id);
    // What waited there has begun or ended; `ready` adds it once its time has come.
    queue.undoing?.ready.delete(op.id);
  }

  /** ready says that the start time of an operation has come. */
  ready(op: Standing): void {
    const queue = this.#queueOf(isToUndo(op) ? { ...op, isUndoing: true } : op);
    queue.ready.add(op.id, op.priority);
    queue.parked.delete(op.id);
    this.#stirred.add(queue);
  }

  /** drop removes an operation that turned out not to be able to start. */
  drop(name: QueueName, id: string): void {
    this.#queueOf(name).ready.delete(id);
  }

  /** forget removes an operation that is no longer in the map. */
  forget(op: Operation): void {
    const queue = this.#queueOf(op);
    queue.ready.delete(op.id);
    queue.undoing?.ready.delete(op.id);
    queue.asking.delete(op.id);
    queue.parked.delete(op.id);
    if (giveBack(queue, op.id)) this.#stirred.add(queue);
  }

  /**
   * sums returns how many operations of all kinds are running, how many of those wait for an answer, and how many are
   * parked.
   */
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

  /** withheld returns the kinds with work that could start but a limit of 0; paused kinds are not included. */
  get withheld(): readonly string[] {
    const kinds = this.#queues
      .filter(({ ready, bounds }) => ready.size > 0 && bounds.some(({ limit }) => limit() === 0))
      .filter(({ isStopped }) => !isStopped())
      .map(({ name }) => name.kind);
    return [...new Set(kinds)];
  }

  /**
   * resumed marks the waiting work of a kind to be looked at again: the kind is no longer paused, or there is room
   * again.
   */
  resumed(kind: string): void {
    for (const queue of this.#queues) {
      if (queue.name.kind === kind) this.#stirred.add(queue);
    }
  }

  /** levels returns how many operations of each kind are running, and how many could start. */
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

  /** hasRoom returns whether a new operation of a queue may start before everything that waits. */
  hasRoom(name: QueueName): boolean {
    const queue = this.#queueOf(name);
    if (queue.ready.size > 0 || room(queue) === 0) return false;
    return queue.bounds.every((bound) => {
      // A free place may belong to another queue, which has been waiting for it.
      let waiting = 0;
      for (const other of bound.queues) {
        if (other.ready.size > 0) waiting += Math.min(other.ready.size, room(other, bound));
      }
      return waiting === 0 || bound.held + waiting < bound.limit();
    });
  }

  /** here returns the queues whose work is done here, in a stable order. */
  get here(): QueueName[] {
    return this.#queues.map(({ name }) => name).filter(({ external }) => !external);
  }

  /** next returns the first operation that could start now in any of these queues: by priority, then by age. */
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

  /** stirred returns, once, the queues in which something has become able to start. */
  stirred(): QueueName[] {
    // A place that one queue gives back may be taken by any that shares it.
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

/** How many more attempts of a queue may run, by all its bounds but one. */
function room({ bounds, isStopped }: Queue, but?: Bound): number {
  if (isStopped()) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (const bound of bounds) {
    if (bound !== but) least = Math.min(least, bound.limit() - bound.held);
  }
  return Math.max(0, least);
}
