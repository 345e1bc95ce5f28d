import { maxPageBytes } from "../../core/limits.ts";
import type { ListQuery, StoredPage } from "../../core/reply.ts";
import { bytesOf } from "./rows.ts";

/**
 * maxRows is how many rows one page reads, so that no list holds up the map. The clock stands still during an event, so
 * rows are counted instead of measuring time.
 */
export const maxRows = 10_000;

/** Found is a row of a page. An operation that has expired but is not yet removed has no document. */
export type Found = [id: string, doc: string, result: string | null];

/**
 * OpenPage is one page while rows are added to it, in the order of the query. It ends at the query's limits of
 * operations and of bytes, or at the limit of rows read. The first operation is included whatever its size.
 */
export class OpenPage {
  readonly #limit: number;
  readonly #budget: number;
  readonly #ids: string[] = [];
  readonly #docs: string[] = [];
  readonly #results: (string | null)[] = [];
  #bytes = 0;
  #skipped = 0;
  #looked = 0;
  #last = "";

  constructor({ limit, bytes = maxPageBytes }: Pick<ListQuery, "limit" | "bytes">) {
    this.#limit = limit;
    this.#budget = bytes;
  }

  /** looked is how many rows the page has come to. */
  get looked(): number {
    return this.#looked;
  }

  /** last is the ID of the last of these rows; empty if there is none. */
  get last(): string {
    return this.#last;
  }

  /** add adds a row, and returns whether it had room. */
  add(id: string, doc: string, result: string | null): boolean {
    const size = bytesOf(doc, result);
    const count = this.#ids.length;
    const isFull = count === this.#limit || (count > 0 && this.#bytes + size > this.#budget);
    if ((isFull && doc !== "") || this.#looked === maxRows) return false;
    this.#looked += 1;
    this.#last = id;
    if (doc === "") {
      this.#skipped += size;
      return true;
    }
    this.#ids.push(id);
    this.#docs.push(doc);
    this.#results.push(result);
    this.#bytes += size;
    return true;
  }

  /**
   * fill adds rows, and returns whether all had room. It reads one row ahead: a cursor that reaches its end releases its
   * compiled statement, which the next page reuses.
   */
  fill(rows: Iterator<Found>): boolean {
    let next = rows.next();
    while (!next.done) {
      const [id, doc, result] = next.value;
      next = rows.next();
      if (!this.add(id, doc, result)) return false;
    }
    return true;
  }

  /** close returns the page. */
  close(coveredTo: string | undefined): StoredPage {
    const page = {
      ids: this.#ids,
      docs: this.#docs,
      results: this.#results,
      bytes: this.#bytes + this.#skipped,
    };
    return coveredTo === undefined ? page : { ...page, coveredTo };
  }
}
