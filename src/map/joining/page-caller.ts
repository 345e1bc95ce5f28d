import { encodePage, type ListQuery, type StoredPage } from "../../core/reply.ts";
import { lacks, type OperationsStub } from "../../object/address.ts";
import type { Call, Caller } from "./call.ts";

/** PageCaller asks an object for pages of lists, with the stubs of one request. */
export class PageCaller implements Caller<ListQuery> {
  readonly #stub: () => OperationsStub;
  readonly #keep: (promise: Promise<unknown>) => void;

  constructor(stub: () => OperationsStub, keep: (promise: Promise<unknown>) => void) {
    this.#stub = stub;
    this.#keep = keep;
  }

  async alone(query: ListQuery): Promise<StoredPage> {
    try {
      return await this.#stub().page(query);
    } catch (thrown) {
      if (!lacks(thrown, "page")) throw thrown;
      // An object with older code parses what it has stored.
      return encodePage(await this.#stub().list(query));
    }
  }

  together(queries: readonly ListQuery[]) {
    return this.#stub().pages(queries);
  }

  isRefused(thrown: unknown): boolean {
    return lacks(thrown, "pages");
  }

  keep(promise: Promise<unknown>): void {
    this.#keep(promise);
  }
}

/**
 * perRow is what one row of a page counts towards the size of a group of calls, in characters: 4 Mi characters are
 * 2,048 rows, or two of the largest pages. Rows that have expired, and are only looked at, count in the object.
 */
const perRow = 2_048;

/**
 * pageCall returns the call for a page, if it may be combined with others. A page with a filter reads up to 10,000
 * rows, and would delay the others of its group.
 */
export function pageCall(query: ListQuery, to: number): Call<ListQuery> | undefined {
  const { statuses, kinds, labels, limit } = query;
  if (statuses.length + kinds.length + labels.length > 0) return undefined;
  return { to, args: query, size: limit * perRow, isSafe: true, lingers: false };
}
