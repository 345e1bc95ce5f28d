import type { Status } from "../../core/operation/operation.ts";
import type { Row } from "./row.ts";
import { matcherOf, type Order, type RowFilter } from "./row-filter.ts";

/** Counts are the numbers of rows, by status and by kind. */
export interface Counts {
  readonly total: number;
  readonly byStatus: ReadonlyMap<Status, number>;
  readonly byKind: ReadonlyMap<string, number>;
}

/**
 * Rows are the operations of the table, newest first.
 *
 * - R1. It keeps the highest version of each operation, in whatever order versions arrive.
 * - R2. An expired operation is removed, and a late response does not bring it back.
 * - R3. It never has more than `capacity` rows; the oldest finished ones are removed.
 * - R4. The same holds for a deleted operation. Ids are never reused, and as many deleted ids as rows are kept.
 */
export class Rows {
  readonly #capacity: number;
  readonly #byId = new Map<string, Row>();
  /** The ids in descending order, which is the reverse order of creation. */
  readonly #ids: string[] = [];
  /** Deleted ids, in the order of deletion. */
  readonly #deleted = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#ids.length;
  }

  get(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  /** put stores the state of an operation, and returns whether it was new. */
  put(row: Row, now: number): boolean {
    const known = this.#byId.get(row.id);
    if (known && known.version >= row.version) return false;
    if (this.#deleted.has(row.id)) return false;
    if (row.expiresAt !== undefined && row.expiresAt <= now) return this.remove(row.id);
    this.#byId.set(row.id, row);
    if (!known) {
      this.#ids.splice(this.#placeOf(row.id), 0, row.id);
      if (this.#ids.length > this.#capacity) this.#makeRoom();
    }
    return true;
  }

  /** forget removes an operation that has been deleted, and returns whether it was there. */
  forget(id: string): boolean {
    this.#deleted.add(id);
    if (this.#deleted.size > this.#capacity) {
      for (const oldest of this.#deleted) {
        this.#deleted.delete(oldest);
        break;
      }
    }
    return this.remove(id);
  }

  /** remove removes an operation, and returns whether it was there. */
  remove(id: string): boolean {
    if (!this.#byId.delete(id)) return false;
    this.#ids.splice(this.#placeOf(id), 1);
    return true;
  }

  /** expire removes operations that have expired at `now`, and returns whether there were any. */
  expire(now: number): boolean {
    const gone = this.#ids.filter((id) => (this.#byId.get(id)?.expiresAt ?? Infinity) <= now);
    for (const id of gone) this.remove(id);
    return gone.length > 0;
  }

  /** select returns the rows that match a filter at `now`, newest first or oldest first. */
  select(filter: RowFilter, now: number, order: Order = "desc"): readonly Row[] {
    const matches = matcherOf(filter, now);
    const found: Row[] = [];
    for (const id of this.#ids) {
      const row = this.#byId.get(id);
      if (row && matches(row)) found.push(row);
    }
    return order === "asc" ? found.reverse() : found;
  }

  counts(): Counts {
    const byStatus = new Map<Status, number>();
    const byKind = new Map<string, number>();
    for (const { status, kind } of this.#byId.values()) {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
    }
    return { total: this.#ids.length, byStatus, byKind };
  }

  #makeRoom(): void {
    for (let index = this.#ids.length - 1; index >= 0; index--) {
      const id = this.#ids[index] ?? "";
      if (this.#byId.get(id)?.finishedAt === undefined) continue;
      this.remove(id);
      return;
    }
    this.remove(this.#ids.at(-1) ?? "");
  }

  /** The index of an id, or where to insert it. Lists come newest first, so the end is tried before the search. */
  #placeOf(id: string): number {
    const last = this.#ids.at(-1);
    if (last === undefined || id < last) return this.#ids.length;
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? "") > id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
