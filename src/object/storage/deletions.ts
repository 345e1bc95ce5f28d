import type { Operation } from "../../core/operation/operation.ts";
import type { WatchFilter } from "../../core/watching/watch.ts";
import { labelled } from "./label-filter.ts";

/** remembered is how many deletions an object stores for watchers that resume. */
export const remembered = 1_024;

/** Deletion is an operation that a client deleted: its ID, and the stamp of the deletion. */
export interface Deletion {
  readonly stamp: number;
  readonly id: string;
}

/**
 * Deletions stores which operations were deleted by request, so that watchers that resume learn of them too: a ring of
 * rows, one per deletion, in which the oldest is overwritten.
 */
export class Deletions {
  readonly #sql: SqlStorage;
  #lazyNext: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** add stores a deletion: one row. */
  add({ id, kind, labels }: Operation, stamp: number): void {
    const slot = this.#next;
    this.#sql.exec(
      `INSERT INTO deletions (slot, stamp, id, doc) VALUES (?, ?, ?, ?)
       ON CONFLICT (slot) DO UPDATE SET stamp = excluded.stamp, id = excluded.id, doc = excluded.doc`,
      slot,
      stamp,
      id,
      JSON.stringify({ kind, labels }),
    );
    this.#lazyNext = (slot + 1) % remembered;
  }

  /** last is the stamp of the last deletion, or 0 if none can be read. */
  last(): number {
    try {
      return this.#latest?.stamp ?? 0;
    } catch {
      // Deletions are for watchers only, and must not keep the map from changing.
      return 0;
    }
  }

  /** since returns the deletions after a stamp that match a filter, in order. */
  since(stamp: number, { kinds, labels }: WatchFilter): readonly Deletion[] {
    const where = ["stamp > ?"];
    const bindings: (string | number)[] = [stamp];
    if (kinds.length > 0) {
      where.push(`doc ->> '$.kind' IN (${kinds.map(() => "?").join(", ")})`);
      bindings.push(...kinds);
    }
    if (labels.length > 0) {
      const filter = labelled(labels);
      where.push(filter.sql);
      bindings.push(...filter.bindings);
    }
    return this.#sql
      .exec<{ stamp: number; id: string }>(
        `SELECT stamp, id FROM deletions WHERE ${where.join(" AND ")} ORDER BY stamp`,
        ...bindings,
      )
      .toArray();
  }

  get #next(): number {
    const latest = this.#latest;
    this.#lazyNext ??= latest ? (latest.slot + 1) % remembered : 0;
    return this.#lazyNext;
  }

  get #latest(): { slot: number; stamp: number } | undefined {
    return this.#sql
      .exec<{ slot: number; stamp: number }>(
        "SELECT slot, stamp FROM deletions ORDER BY stamp DESC LIMIT 1",
      )
      .toArray()[0];
  }
}
