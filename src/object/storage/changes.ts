import { idAt, parseId } from "../../core/id.ts";
import type { Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { WatchFilter } from "../../core/watching/watch.ts";
import { type Deletion, Deletions } from "./deletions.ts";
import { labelled } from "./label-filter.ts";
import { few, Recent } from "./recent.ts";
import { columns, type Row, snapshotOf, terminal, unexpired } from "./rows.ts";
import { stampAt, timeOf } from "./stamp.ts";
import { stampedById } from "./standing.ts";

/** pageBytes limits how much one page of changes takes in memory, in characters of JSON. */
const pageBytes = 4 * 1024 * 1024;

/** atOnce is how many operations one statement reads: as many IDs as may be bound to it. */
const atOnce = 50;

/** Change is an operation with the stamp of its last change. */
export interface Change {
  readonly stamp: number;
  readonly snapshot: Snapshot;
}

/** Told is what a watcher receives: a Change, or the Deletion of an operation. */
export type Told = Change | (Deletion & { readonly snapshot?: never });

/** ChangePage is some changes and deletions in their order, and whether there are more after them. */
export interface ChangePage {
  readonly changes: readonly Told[];
  readonly hasMore: boolean;
}

/**
 * Changes orders the changes of a shard: each gets a stamp greater than all before it, which follows the clock but
 * never goes back, and which is in the operation's own row. So what has changed since a stamp can be found as long as
 * the operations exist, and costs no row of its own.
 */
export class Changes {
  readonly #sql: SqlStorage;
  readonly #deletions: Deletions;
  #lazyLast: number | undefined;
  #lazyRecent: Recent | undefined;
  /** Whether it has read as many recent changes as it can remember. */
  #areMany = false;
  #lazyUntouched: readonly string[] | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#deletions = new Deletions(sql);
  }

  /** deleted stores that an operation is being deleted by request, and returns the deletion's stamp. */
  deleted(op: Operation, now: number): number {
    const stamp = this.next(now);
    this.#deletions.add(op, stamp);
    return stamp;
  }

  /**
   * next returns the stamp of a change that is being made.
   *
   * @param id the operation that changes; absent for what watchers are not told
   */
  next(now: number, id?: string): number {
    const last = this.last();
    this.#lazyRecent ??= new Recent(last);
    this.#lazyLast = Math.max(last + 1, stampAt(now));
    if (id !== undefined) this.#lazyRecent.changed(id, this.#lazyLast);
    return this.#lazyLast;
  }

  /**
   * last is at least the stamp of every change so far, and less than that of the next. Its first use in an object reads
   * the whole map, but only the front columns of operations that have not changed since they were created: for these,
   * the last ID is enough.
   */
  last(): number {
    this.#lazyLast ??= Math.max(
      this.#lastCreated(),
      this.#deletions.last(),
      this.#sql
        .exec<{ last: number }>(
          `SELECT coalesce(max(changed), 0) AS last FROM operations WHERE NOT ${stampedById}`,
        )
        .one().last,
    );
    return this.#lazyLast;
  }

  /**
   * operationsSince iterates over readable operations that have changed after a stamp, expired or not, except those
   * that createdSince covers. It reads the whole map.
   */
  *operationsSince(stamp: number): Iterable<Operation> {
    const rows = this.#sql.exec<{ doc: string | null; changed: number }>(
      `SELECT CASE WHEN json_valid(doc) THEN doc END AS doc, changed FROM operations
       WHERE NOT ${stampedById} AND changed > ?`,
      stamp,
    );
    let last = Math.max(stamp, this.#lastCreated(), this.#deletions.last());
    for (const { doc, changed } of rows) {
      last = Math.max(last, changed);
      if (doc !== null) yield JSON.parse(doc) as Operation;
    }
    // Nothing that was left out has a later stamp.
    this.#lazyLast ??= last;
  }

  /**
   * createdSince iterates over the operations that were created after a stamp and have not changed since: when they
   * were created, and whether an attempt began immediately. It reads no documents.
   */
  *createdSince(stamp: number): Iterable<{ time: number; kind: string; isStarted: boolean }> {
    const time = timeOf(stamp);
    const rows = this.#sql.exec<{ id: string; kind: string; status: string }>(
      `SELECT id, kind, status FROM operations
       WHERE ${stampedById} AND id >= ? AND (id >= ? OR changed > ?) ORDER BY id`,
      idAt(time),
      idAt(time + 1),
      stamp,
    );
    for (const { id, kind, status } of rows) {
      yield { time: parseId(id)?.time ?? time, kind, isStarted: status === "running" };
    }
  }

  /**
   * since returns the current state of everything that has changed after a stamp, and the deletions that are still
   * stored. It reads the whole map if much has changed, and for what has changed before this life of the object, unless
   * it has done so for a stamp as early.
   */
  since(stamp: number, filter: WatchFilter, now: number, limit: number): ChangePage {
    const where = `changed > ? AND ${unexpired}`;
    const among = this.#changedSince(stamp);
    const { changes, hasMore } = this.#page(where, [stamp, now], filter, "ASC", limit, among);
    const end = hasMore ? (changes.at(-1)?.stamp ?? stamp) : Number.POSITIVE_INFINITY;
    const deletions = this.#deletions.since(stamp, filter).filter((one) => one.stamp <= end);
    if (deletions.length === 0) return { changes, hasMore };
    const all = [...changes, ...deletions].sort((one, other) => one.stamp - other.stamp);
    return { changes: all, hasMore };
  }

  /**
   * unfinished returns the unfinished operations that changed last.
   *
   * @param among the IDs of all; without these, it reads the whole map
   */
  unfinished(filter: WatchFilter, limit: number, among?: readonly string[]): readonly Change[] {
    return this.#page(`NOT ${terminal}`, [], filter, "DESC", limit, among).changes.toReversed();
  }

  /**
   * untouched returns the IDs of all unfinished operations, if they are few, for as long as nothing has changed in this
   * life of the object. Its first use reads the whole map.
   */
  untouched(): readonly string[] | undefined {
    this.#lazyUntouched ??= this.#sql
      .exec<{ id: string }>(`SELECT id FROM operations WHERE NOT ${terminal} LIMIT ? + 0`, few + 1)
      .toArray()
      .map(({ id }) => id);
    return this.#lazyUntouched.length <= few ? this.#lazyUntouched : undefined;
  }

  /** The IDs of all that have changed after a stamp, and maybe of others; undefined if there are many. */
  #changedSince(stamp: number): readonly string[] | undefined {
    const known = this.#lazyRecent?.since(stamp);
    if (known || this.#areMany) return known;
    const latest = this.#sql
      .exec<{ id: string; changed: number }>(
        "SELECT id, changed FROM operations WHERE changed > ? ORDER BY changed DESC LIMIT ? + 0",
        stamp,
        few + 1,
      )
      .toArray();
    const recent = new Recent(stamp);
    for (const { id, changed } of latest.toReversed()) recent.changed(id, changed);
    this.#lazyRecent = recent;
    this.#areMany = latest.length > few;
    return recent.since(stamp);
  }

  /** The greatest stamp of an operation that has not changed since it was created. */
  #lastCreated(): number {
    const row = this.#sql
      .exec<{ id: string }>("SELECT id FROM operations ORDER BY id DESC LIMIT 1")
      .toArray()[0];
    const time = row && parseId(row.id)?.time;
    return time === undefined ? 0 : stampAt(time + 1) - 1;
  }

  #page(
    condition: string,
    values: readonly number[],
    { kinds, labels }: WatchFilter,
    order: "ASC" | "DESC",
    limit: number,
    among: readonly string[] | undefined,
  ): { readonly changes: readonly Change[]; readonly hasMore: boolean } {
    if (among?.length === 0) return { changes: [], hasMore: false };
    const where = [condition];
    if (kinds.length > 0) where.push(`kind IN (${kinds.map(() => "?").join(", ")})`);
    const filter = labels.length > 0 ? labelled(labels) : undefined;
    if (filter) where.push(filter.sql);
    if (among) where.push("id IN (SELECT value FROM json_each(?))");
    // Sorts narrow rows only; with their documents, megabytes would be sorted.
    const ids = this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM operations WHERE ${where.join(" AND ")} ORDER BY changed ${order} LIMIT ? + 0`,
        ...values,
        ...kinds,
        ...(filter?.bindings ?? []),
        ...(among ? [JSON.stringify(among)] : []),
        limit + 1,
      )
      .toArray()
      .map(({ id }) => id);
    const changes: Change[] = [];
    let size = 0;
    for (const row of this.#rows(ids, order)) {
      if (changes.length === limit || size > pageBytes) return { changes, hasMore: true };
      changes.push({ stamp: row.changed, snapshot: snapshotOf(row) });
      size += row.doc.length + (row.result?.length ?? 0);
    }
    return { changes, hasMore: false };
  }

  /** Reads some operations in order, no more at once than memory should hold. */
  *#rows(ids: readonly string[], order: "ASC" | "DESC"): Iterable<Row & { changed: number }> {
    for (let from = 0; from < ids.length; from += atOnce) {
      const some = ids.slice(from, from + atOnce);
      yield* this.#sql.exec<Row & { changed: number }>(
        `SELECT changed, ${columns} FROM operations WHERE id IN (${some.map(() => "?").join(", ")})
         ORDER BY changed ${order}`,
        ...some,
      );
    }
  }
}
