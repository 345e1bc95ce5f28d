import { maxPageBytes } from "../../core/limits.ts";
import { decodePage, type ListPage, type ListQuery, type StoredPage } from "../../core/reply.ts";
import type { Settled } from "../../object/calls.ts";
import { decodeMerged, type Merged, mergePages } from "./merge-pages.ts";

/**
 * ReadPage parses what shards have returned, once for all who have asked for the same. A list is parsed by a request that
 * has asked for it, and not by the one that has sent its group, whose CPU time is limited.
 */
export type ReadPage = () => ListPage;

/**
 * AskedList is one page of all shards while they are read. Most pages are spread evenly over them, so each shard is
 * asked for its part of the page plus three standard deviations, rather than for a whole page. Shards that may have more
 * on the page than they were asked for, such as one in which many operations were created together, are asked once
 * more.
 */
export class AskedList {
  readonly #asked: ListQuery;
  /** Each shard's page. */
  readonly #pages: StoredPage[] = [];
  /** The first query, the same for each shard. */
  readonly first: ListQuery;
  #merged: Merged | undefined;
  #end: string | undefined;
  /** Why there is no page. */
  #missing: { readonly thrown: unknown } | { readonly leftOut: true } | undefined;

  /** @param shards how many shards are asked */
  constructor(asked: ListQuery, shards: number) {
    this.#asked = asked;
    const { limit } = asked;
    const part = limit / shards;
    // The pages of all shards are in this Worker's memory at once, including those of the second query.
    const share = shards === 1 ? 1 : 2 * shards;
    this.first = {
      ...asked,
      limit: Math.min(limit, Math.ceil(part + (shards === 1 ? 0 : 3 * Math.sqrt(part)))),
      bytes: Math.floor(maxPageBytes / share),
    };
  }

  /** take takes what a shard has returned for its first or second query; undefined if it has left that out. */
  take(shard: number, settled: Settled | undefined): void {
    if (!settled || "thrown" in settled) {
      this.#missing ??= settled ? { thrown: settled.thrown } : { leftOut: true };
      return;
    }
    const page = settled.value as StoredPage;
    const known = this.#pages[shard];
    this.#pages[shard] = known ? joined(known, page) : page;
    this.#merged = undefined;
  }

  /** rest returns the second query for a shard once all have returned their first page, if that one may have more. */
  rest(shard: number): ListQuery | undefined {
    const { order, limit } = this.#asked;
    if (this.#missing || this.first.limit === limit || this.#isFull()) return undefined;
    const page = this.#pages[shard];
    if (!page || page.ids.length < this.first.limit) return undefined;
    this.#end ??= endOf(this.#pages, this.#asked);
    if (isCovered(page, this.#end, order)) return undefined;
    return behind(this.first, page, limit - this.first.limit);
  }

  /** outcome returns the page, as a ReadPage, or undefined if a shard has left something out. */
  outcome(): Settled | undefined {
    if (this.#missing) return "thrown" in this.#missing ? this.#missing : undefined;
    const [only] = this.#pages;
    const isOne = this.#pages.length === 1 && only;
    let page: ListPage | undefined;
    const value: ReadPage = () => {
      page ??= isOne ? decodePage(only) : decodeMerged(this.#merge());
      return page;
    };
    return { value };
  }

  #isFull(): boolean {
    const { found, coveredTo } = this.#merge();
    return coveredTo === undefined || found.length === this.#asked.limit;
  }

  #merge(): Merged {
    this.#merged ??= mergePages(this.#pages, this.#asked);
    return this.#merged;
  }
}

/** The ID with which the page would end if no shard had more than it has returned; undefined if it would not be full. */
function endOf(
  pages: readonly StoredPage[],
  { order, limit }: Pick<ListQuery, "order" | "limit">,
): string | undefined {
  const ids = pages.flatMap((page) => page.ids).sort();
  return order === "asc" ? ids[limit - 1] : ids.at(-limit);
}

/** Whether a shard has returned everything that can be on a page with this end. */
function isCovered({ coveredTo }: StoredPage, end: string | undefined, order: "asc" | "desc") {
  if (coveredTo === undefined) return true;
  if (end === undefined) return false;
  return order === "asc" ? coveredTo >= end : coveredTo <= end;
}

/** A page with the one that follows it. */
function joined(page: StoredPage, more: StoredPage): StoredPage {
  return {
    ...more,
    ids: [...page.ids, ...more.ids],
    docs: [...page.docs, ...more.docs],
    results: [...page.results, ...more.results],
    bytes: page.bytes + more.bytes,
  };
}

/** The query for the rest, for a shard that has more. */
function behind(query: ListQuery, { coveredTo = "" }: StoredPage, limit: number): ListQuery {
  // All IDs have the same length, so none lies between an ID and that ID with a suffix.
  const range = query.order === "asc" ? { from: `${coveredTo}0` } : { to: coveredTo };
  return { ...query, ...range, limit };
}
