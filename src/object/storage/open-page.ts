import { maxPageBytes } from "../../core/limits.ts";
import type { ListQuery, StoredPage } from "../../core/reply.ts";
import { bytesOf } from "./rows.ts";

/** Found is a row of a page. An operation that has expired but is not yet removed has no document. */
export type Found = [id: string, doc: string, result: string | null];

/**
 * OpenPage is one page while rows are added to it, in the order of the query. It ends at the query's limits of
 * operations and of bytes, or at a limit of rows read. The first operation is included whatever its size.
 */
export class OpenPage {
  readonly #limit: number;
  readonly #budget: number;
  readonly #mostRows: number;
  readonly #ids: string[] = [];
  readonly #docs: string[] = [];
  readonly #results: (string | null)[] = [];
  #bytes = 0;
  #skipped = 0;
  #looked = 0;
  #last = "";

  /** @param mostRows how many rows are looked at, including those that have expired */
  constructor(
    { limit, bytes = maxPageBytes }: Pick<ListQuery, "limit" | "bytes">,
    mostRows: number,
  ) {
    this.#limit = limit;
    this.#budget = bytes;
    this.#mostRows = mostRows;
  }

  /** looked is how many rows the page has come to. */
  get looked(): number {
    return this.#looked;
  }

  /** last is the ID of the last of these rows; empty if there is none. */
  get last(): string {
    return this.#last;
  }

  /**
   * fill adds rows, and returns whether all had room. It reads one row ahead: a cursor that reaches its end releases its
   * compiled statement, which the next page reuses.
   */
  fill(rows: Iterator<Found>): boolean {
    let next = rows.next();
    while (!next.done) {
      const row = next.value;
      next = rows.next();
      if (!this.#add(row)) return false;
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

  #add([id, doc, result]: Found): boolean {
    const size = bytesOf(doc, result);
    const count = this.#ids.length;
    const isFull = count === this.#limit || (count > 0 && this.#bytes + size > this.#budget);
    if ((isFull && doc !== "") || this.#looked === this.#mostRows) return false;
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
}
