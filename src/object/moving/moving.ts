import { readStored } from "../../base/json.ts";
import { reasonOf } from "../../base/log.ts";
import { failure } from "../../core/errors.ts";
import { arrived } from "../../core/moving/arrived.ts";
import type {
  Arrival,
  Arriving,
  ExportPage,
  MovedOperation,
  MovedRow,
  MoveOrder,
  Moves,
  RowsPlace,
  Unreadable,
} from "../../core/moving/moving.ts";
import { isExpired, isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Deliveries } from "../deliveries/deliveries.ts";
import type { Documents } from "../documents/documents.ts";
import { MovedDocuments } from "../documents/moved-documents.ts";
import type { Followers } from "../map/followers.ts";
import type { Panics } from "../map/panics.ts";
import type { Quota } from "../map/quota.ts";
import type { Removal } from "../map/removal.ts";
import type { Settling } from "../schedule/settling.ts";
import { operationIds } from "../storage/operation-ids.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import { MovedRows, weightOf } from "./moved-rows.ts";
import { isSame } from "./same.ts";

/** looked is how many operations one page has at the most, and page about how many bytes. */
const looked = 200;
const page = 2 * 1024 * 1024;

/** largest is how much the rows of an operation may have to come with a page, in bytes. */
const largest = 256 * 1024;

/** most is how much of rows that were sent ahead is in memory, in bytes: more than any operation may have. */
const most = 64 * 1024 * 1024;

/** patience is how long such rows wait for more, or for their operation, in milliseconds. */
const patience = 60_000;

/** Surroundings are what MovingRoom needs of the object. */
export interface Surroundings {
  /** The id of the object. */
  readonly object: string;
  readonly sql: SqlStorage;
  readonly store: Store;
  readonly settling: Settling;
  readonly quota: Quota;
  readonly documents: Documents;
  readonly removal: Pick<Removal, "expired">;
  readonly deliveries: Pick<Deliveries, "resume">;
  readonly savepoints: Savepoints;
  readonly panics: Panics;
  /** before is called before anything changes. */
  before(): void;
  /** Who is told of an operation that has come. */
  readonly followers: Pick<Followers, "changed">;
  /** make runs a change that may make the first operation here. */
  make<T>(write: () => T): Promise<T>;
}

/** Ahead are rows that were sent before the operation that they are of. */
interface Ahead {
  readonly id: string;
  readonly parts: MovedRow[][];
  size: number;
}

/**
 * MovingRoom reads operations that go to another deployment, and takes in those that come from one: each
 * with all of its rows in one commit, or not at all. Nothing that has happened to them is counted here.
 */
export class MovingRoom {
  readonly #around: Surroundings;
  readonly #rows: MovedRows;
  readonly #documents: MovedDocuments;
  /** A file has the rows of one operation after the other, so those of the last are enough. */
  #ahead: Ahead | undefined;
  #forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#rows = new MovedRows(around.sql);
    this.#documents = new MovedDocuments({ ...around, changes: around.store?.changes });
  }

  /** take does what is asked. */
  take(order: MoveOrder): Promise<Moves[keyof Moves]> {
    switch (order.type) {
      case "page":
        return this.#page(order.after);
      case "documents":
        return Promise.resolve(this.#documents.page(order.storage, order.after));
      case "arriveDocuments":
        return this.#around.make(() =>
          order.documents.map((one) =>
            this.#contained(one.id, () => this.#documents.arrive(one, Date.now())),
          ),
        );
      case "rows":
        return this.#rowsOf(order.id, order.place);
      case "ahead":
        return Promise.resolve(this.#keep(order));
      case "arrive":
        return this.#around.make(() =>
          order.operations.map((one) => this.#arrive(one, order.starts)),
        );
    }
  }

  async #page(after: string): Promise<ExportPage> {
    const { sql, settling } = this.#around;
    const ids = operationIds(sql, after, looked, Date.now());
    await settling.settle(ids);
    const operations: ExportPage["operations"][number][] = [];
    let size = 0;
    for (const [index, id] of ids.entries()) {
      if (size >= page) return { operations, hasMore: index < ids.length };
      const found = this.#read(id, () =>
        this.#rows.size(id) > largest ? { id } : this.#whole(id),
      );
      if (!found) continue;
      operations.push(found);
      if (!("doc" in found)) continue;
      size += found.doc.length + weightOf(found.input) + weightOf(found.result);
      for (const [, ...values] of found.rows) for (const value of values) size += weightOf(value);
    }
    const last = ids.at(-1);
    // All of them have gone meanwhile; those behind them have not.
    if (operations.length === 0 && last !== undefined && ids.length === looked) {
      return this.#page(last);
    }
    return { operations, hasMore: ids.length === looked };
  }

  async #rowsOf(id: string, place: RowsPlace): Promise<Moves["rows"]> {
    return this.#read(id, () => {
      const head = this.#head(id);
      return head && { ...head, ...this.#rows.read(id, place) };
    });
  }

  /** Reads what a disk may have damaged: that of one operation must not keep the others from leaving. */
  #read<T>(id: string, read: () => T): T | Unreadable {
    try {
      return read();
    } catch (thrown) {
      this.#around.panics.report(thrown, { event: "export", operation: id });
      return { id, unreadable: reasonOf(thrown) };
    }
  }

  #whole(id: string): MovedOperation | undefined {
    const head = this.#head(id);
    return head && { ...head, ...this.#rows.read(id, [0, 0], Number.POSITIVE_INFINITY) };
  }

  #head(id: string): Omit<MovedOperation, "rows"> | undefined {
    const head = this.#around.store.row(id, Date.now());
    return head && { id, ...head };
  }

  #keep({ id, rows, number }: MoveOrder & { readonly type: "ahead" }): boolean {
    if (this.#forgetting !== undefined) clearTimeout(this.#forgetting);
    if (number === 0) this.#ahead = { id, parts: [], size: 0 };
    const ahead = this.#ahead;
    // The object has restarted in between, or another import goes on beside this one.
    if (ahead?.id !== id || ahead.parts.length !== number) return false;
    for (const [, ...values] of rows) for (const value of values) ahead.size += weightOf(value);
    if (ahead.size > most) {
      this.#ahead = undefined;
      return false;
    }
    ahead.parts.push([...rows]);
    // Who sends them may have gone away.
    this.#forgetting = setTimeout(() => (this.#ahead = undefined), patience);
    return true;
  }

  #arrive(arriving: Arriving, starts: boolean): Arrival {
    return this.#contained(arriving.id, () => this.#one(arriving, starts));
  }

  /** What goes wrong with one undoes what was written of it, and stops none of the others. */
  #contained(id: string, store: () => Arrival): Arrival {
    const { savepoints, panics } = this.#around;
    try {
      return savepoints.run(store);
    } catch (thrown) {
      panics.report(thrown, { event: "arrive", operation: id });
      return { error: failure("internal", "Internal error") };
    }
  }

  #one({ hash, ahead, ...moved }: Arriving, starts: boolean): Arrival {
    const { object, store, quota, removal, followers } = this.#around;
    const { id } = moved;
    const now = Date.now();
    this.#around.before();
    const { keys, ...said } = JSON.parse(moved.doc) as Operation;
    // Its keys are those of this tenant, whose object a file does not know; it may name another's.
    const op = { ...said, ...(keys && { keys: { ...keys, object } }) } as Operation;
    const rows = ahead > 0 ? this.#takeAhead(id, ahead) : [];
    if (!rows) {
      const message = "The lines before this one were lost in transit; send them again";
      return { error: failure("unavailable", message) };
    }
    const hasWebhook = op.webhook !== undefined;
    const all = [...rows, ...moved.rows].filter(([table]) => table !== "deliveries" || hasWebhook);
    if (isExpired(op, now)) return "expired";
    const known = this.#whole(id);
    if (known) {
      const isKnown = readStored<Operation>(known.doc).imported?.hash === hash;
      if (isKnown || isSame(known, { ...moved, rows: all })) return "unchanged";
      const message = `Another operation ${id} already exists here`;
      return { error: failure("already-exists", message) };
    }
    // One of the same id that nobody has swept.
    removal.expired([id], now);
    const { idempotency } = op;
    const holder = idempotency && store.byKey(idempotency.key, now);
    if (holder) {
      const message = `Its idempotency key created operation ${holder.op.id} here`;
      return { error: failure("idempotency-key-reused", message) };
    }
    let size = moved.doc.length + weightOf(moved.input) + weightOf(moved.result);
    for (const [, ...values] of all) for (const value of values) size += weightOf(value);
    const full = quota.refusal(now, false, false, size);
    if (full) return { error: full };
    this.#rows.write(id, all);
    const came = arrived(op, now, starts, store.steps.hasAdvanced(id, op.attempt));
    const kept = { ...came, imported: { hash, at: now } } as Operation;
    const isOver = isTerminal(kept) && kept.status === "succeeded";
    store.insertMoved(kept, moved.input, isOver ? moved.result : null, now);
    const snapshot = store.get(id, now) ?? { op: kept };
    if (all.some(([table]) => table === "deliveries"))
      this.#around.deliveries.resume(snapshot, now);
    followers.changed(undefined, snapshot, { now, stamp: store.changes.last });
    return "accepted";
  }

  #takeAhead(id: string, count: number): readonly MovedRow[] | undefined {
    const ahead = this.#ahead;
    if (this.#forgetting !== undefined) clearTimeout(this.#forgetting);
    this.#ahead = undefined;
    return ahead?.id === id && ahead.parts.length === count ? ahead.parts.flat() : undefined;
  }
}
