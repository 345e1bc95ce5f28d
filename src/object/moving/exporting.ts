import { reasonOf } from "../../base/log.ts";
import type {
  ExportPage,
  MovedOperation,
  Moves,
  RowsPlace,
  Unreadable,
} from "../../core/moving/moving.ts";
import type { MovingSurroundings } from "../../runner/moving.ts";
import { operationIds } from "../storage/operation-ids.ts";
import { type MovedRows, weightOf } from "./moved-rows.ts";

/** mostInPage is how many operations one page has at most; pageSize is roughly how many bytes. */
const mostInPage = 200;
const pageSize = 2 * 1024 * 1024;

/** largest is how many bytes the rows of an operation may have if they are to come with a page. */
const largest = 256 * 1024;

/** Exporting reads operations for an export. */
export class Exporting {
  readonly #around: Pick<MovingSurroundings, "sql" | "settle" | "row" | "failed">;
  readonly #rows: MovedRows;

  constructor(
    around: Pick<MovingSurroundings, "sql" | "settle" | "row" | "failed">,
    rows: MovedRows,
  ) {
    this.#around = around;
    this.#rows = rows;
  }

  /** page returns operations after an ID, each with its rows unless those are too many. */
  async page(after: string): Promise<ExportPage> {
    const { sql, settle } = this.#around;
    const ids = operationIds(sql, after, mostInPage, Date.now());
    await settle(ids);
    const operations: ExportPage["operations"][number][] = [];
    let size = 0;
    for (const [index, id] of ids.entries()) {
      if (size >= pageSize) return { operations, hasMore: index < ids.length };
      const found = this.#readable(id, () =>
        this.#rows.size(id) > largest ? { id } : this.#whole(id),
      );
      if (!found) continue;
      operations.push(found);
      if (!("doc" in found)) continue;
      size += found.doc.length + weightOf(found.input) + weightOf(found.result);
      for (const [, ...values] of found.rows) for (const value of values) size += weightOf(value);
    }
    const last = ids.at(-1);
    // These are all gone by now; those after them are not.
    if (operations.length === 0 && last !== undefined && ids.length === mostInPage) {
      return this.page(last);
    }
    return { operations, hasMore: ids.length === mostInPage };
  }

  /** rows returns an operation with its rows from an index on, one page of them. */
  rows(id: string, place: RowsPlace): Moves["rows"] {
    return this.#readable(id, () => {
      const head = this.#around.row(id, Date.now());
      return head && { id, ...head, ...this.#rows.read(id, place) };
    });
  }

  /** Reads rows that may be damaged: a damaged operation must not stop the export of the others. */
  #readable<T>(id: string, read: () => T): T | Unreadable {
    try {
      return read();
    } catch (thrown) {
      this.#around.failed(thrown, { event: "export", operation: id });
      return { id, unreadable: reasonOf(thrown) };
    }
  }

  #whole(id: string): MovedOperation | undefined {
    const head = this.#around.row(id, Date.now());
    return head && { id, ...head, ...this.#rows.read(id, [0, 0], Number.POSITIVE_INFINITY) };
  }
}
