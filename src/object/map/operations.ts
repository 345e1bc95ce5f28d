import { bulkKind } from "../../core/bulk.ts";
import { type Failure, failure, notFound } from "../../core/errors.ts";
import { isSameRequest } from "../../core/fingerprint.ts";
import { IdSource } from "../../core/id.ts";
import { apply } from "../../core/operation/apply.ts";
import type { Owed } from "../../core/operation/compensate.ts";
import { createOperation } from "../../core/operation/create.ts";
import type { Event } from "../../core/operation/event.ts";
import { type Idempotency, isTerminal, type Operation } from "../../core/operation/operation.ts";
import {
  brief,
  type CreateCommand,
  type Created,
  type Encoded,
  type Payload,
  type Reply,
  type Snapshot,
} from "../../core/reply.ts";
import type { Queues } from "../schedule/queues.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import type { Followers } from "./followers.ts";
import type { Panics } from "./panics.ts";
import type { Quota } from "./quota.ts";
import type { Removal } from "./removal.ts";
import { elsewhere, type Reservation, type Reservations } from "./reservations.ts";

/** Surroundings are what Operations needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly reservations: Reservations;
  readonly quota: Quota;
  readonly removal: Removal;
  readonly savepoints: Savepoints;
  readonly panics: Panics;
  readonly followers: Followers;
  /** owed returns what remains to be undone of an operation that ends without success. */
  owed(op: Operation): Owed | undefined;
  /** begun returns an operation that is being created, with the trace that begins with it. */
  begun(op: Operation): Operation;
  /** queues returns the queued and running operations of the map. */
  queues(): Queues;
  /** before is called before an operation changes, with its id. */
  before(id?: string): void;
  /** pass applies the passing of time to an operation. */
  pass(id: string, now: number): void;
}

/** Beside is what is stored beside a new operation. */
export interface Beside {
  /** About how many bytes are stored. */
  readonly size: number;
  write(id: string): void;
}

/**
 * Operations is one shard of the map: it creates, changes and removes operations, and calls Followers after each
 * change. It knows nothing about callers. Methods that change something are called within a group of writes.
 */
export class Operations {
  readonly #around: Surroundings;
  #lazyIds: IdSource | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** create creates an operation, or returns the one that its idempotency key created. For `isFreeing` see Quota. */
  create(command: CreateCommand, isFreeing = false, beside?: Beside): Reply<Created> {
    const { store, reservations, quota, followers } = this.#around;
    const now = Date.now();
    this.#around.before();
    const { shard, input, ...spec } = command;
    const { idempotency } = spec;
    if (idempotency) {
      const known = store.byKey(idempotency.key, now);
      if (known) return replay(known, idempotency);
      const holder = reservations.find(idempotency.key, now);
      if (holder !== undefined) return elsewhere(holder);
    }
    const full = quota.refusal(now, isFreeing, spec.kind === bulkKind, beside?.size);
    if (full) return { error: full };
    // An operation with steps is queued: starting it reads them, and memory limits how many start at once.
    const queued = beside !== undefined || !this.#around.queues().hasRoom(spec);
    const made = createOperation({ ...spec, queued, id: this.#ids(shard).next(now) }, now);
    const op = this.#around.begun(made);
    store.insert(op, input);
    beside?.write(op.id);
    followers.changed(undefined, { op }, { now, stamp: store.changes.last(), input });
    return { op };
  }

  /** createMany creates several operations as create does. An error of one does not affect the others. */
  createMany(commands: readonly CreateCommand[]): Reply<Created>[] {
    const { savepoints, panics } = this.#around;
    return commands.map((command) => {
      try {
        return brief(savepoints.run(() => this.create(command)));
      } catch (thrown) {
        panics.report(thrown, { event: "createMany" });
        return { error: failure("internal", "Internal error") };
      }
    });
  }

  /** findMany returns for each idempotency key the operation that it created, if that still exists. */
  findMany(keys: readonly Idempotency[]): (Reply<Created> | undefined)[] {
    const now = Date.now();
    return keys.map((asked) => {
      const made = this.#around.store.byKey(asked.key, now);
      return made && brief(replay(made, asked));
    });
  }

  /** reserveMany reserves keys for other objects, or returns the operations that they have already created here. */
  reserveMany(wanted: readonly Reservation[]): (Reply<Created> | undefined)[] {
    const { store, reservations } = this.#around;
    const now = Date.now();
    return wanted.map(({ idempotency, shard }) => {
      const made = store.byKey(idempotency.key, now);
      if (made) return brief(replay(made, idempotency));
      reservations.add(idempotency.key, shard, now);
      return undefined;
    });
  }

  /** send is the only way an operation changes: one event, one row, one wake-up. */
  send(id: string, event: Event, body?: Payload): Reply<Snapshot> {
    const { store, followers } = this.#around;
    const now = Date.now();
    this.#around.before(id);
    const before = store.get(id, now);
    if (!before) return { error: notFound(id) };
    const op = apply(before.op, event, now, () => this.#around.owed(before.op));
    if (op === before.op) return before;
    const snapshot = store.put(op, op.status === "succeeded" ? body : undefined);
    followers.changed(before.op, snapshot, { now, stamp: store.changes.last() });
    return snapshot;
  }

  /**
   * cancel requests that an operation end, or ends it, if it is at the required version. One that has ended stays as it
   * is.
   */
  cancel(id: string, ifVersion?: number, force = false): Reply<Snapshot> {
    const stale = this.#staleness(id, ifVersion);
    return stale ? { error: stale } : this.send(id, { type: "cancel", ...(force && { force }) });
  }

  /** remove removes a finished operation, if it is at the required version. */
  remove(id: string, ifVersion?: number): Reply<{ removed: true }> {
    const { removal, followers } = this.#around;
    this.#around.pass(id, Date.now());
    const stale = this.#staleness(id, ifVersion);
    if (stale) return { error: stale };
    const reply = this.snapshot(id);
    if (reply.error) return reply;
    if (!isTerminal(reply.op)) {
      const message = `Cannot delete operation ${id} while it is ${reply.op.status}`;
      return { error: failure("operation-active", message) };
    }
    this.#around.before();
    removal.requested(reply.op);
    followers.removed(reply.op);
    return { removed: true };
  }

  /** snapshot returns an operation as it is in the map. */
  snapshot(id: string): Reply<Snapshot> {
    return this.#around.store.get(id, Date.now()) ?? { error: notFound(id) };
  }

  /** encoded returns the same snapshot as JSON text. */
  encoded(id: string): Encoded<Reply<Snapshot>> {
    return this.#around.store.encoded(id, Date.now()) ?? JSON.stringify({ error: notFound(id) });
  }

  /** Returns why a change that requires a version cannot be made, or undefined if it can. */
  #staleness(id: string, ifVersion: number | undefined): Failure | undefined {
    if (ifVersion === undefined) return undefined;
    const reply = this.snapshot(id);
    if (reply.error) return reply.error;
    if (reply.op.version === ifVersion) return undefined;
    const message = `Operation ${id} is at version ${reply.op.version}, not ${ifVersion}`;
    return failure("precondition-failed", message);
  }

  #ids(shard: number): IdSource {
    this.#lazyIds ??= new IdSource(
      shard,
      (bytes) => crypto.getRandomValues(bytes),
      this.#around.store.last(),
    );
    return this.#lazyIds;
  }
}

/** If its idempotency key has created an operation before, a create with the same request returns that operation. */
function replay(made: Snapshot, asked: Idempotency): Reply<Created> {
  if (isSameRequest(made.op.idempotency, asked)) return { ...made, replayed: true };
  const message = "The idempotency key was used with another request";
  return { error: failure("idempotency-key-reused", message) };
}
