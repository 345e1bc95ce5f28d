import { maxPageBytes } from "../core/limits.ts";
import { decodePage, type ListPage, type ListQuery, type StoredPage } from "../core/reply.ts";
import type { JoinedObject } from "./joining/joined-object.ts";
import { mergePages } from "./merge-pages.ts";
import type { Shards } from "./shards.ts";

/** idPage is how many IDs are read from a shard at once. */
const idPage = 1_000;

type Lister = Pick<JoinedObject, "page">;

/**
 * listShards returns one page of all shards. Most pages are spread evenly over them, so each shard is asked for its part
 * of the page plus three standard deviations, rather than for a whole page. Shards that may have more on the page than
 * they were asked for, such as one in which many operations were created together, are asked once more.
 */
export async function listShards(shards: readonly Lister[], asked: ListQuery): Promise<ListPage> {
  const [only] = shards;
  if (shards.length === 1 && only) {
    return decodePage(await only.page({ ...asked, bytes: maxPageBytes }));
  }
  const { limit } = asked;
  const part = limit / shards.length;
  const first = Math.min(limit, Math.ceil(part + 3 * Math.sqrt(part)));
  // The pages of all shards are in this Worker's memory at once, including those of the second request.
  const query = { ...asked, bytes: Math.floor(maxPageBytes / (2 * shards.length)) };
  const pages = await Promise.all(shards.map((shard) => shard.page({ ...query, limit: first })));
  if (first === limit) return mergePages(pages, asked);
  const end = endOf(pages, asked);
  const whole = await Promise.all(
    pages.map(async (page, index): Promise<StoredPage> => {
      if (page.ids.length < first || isCovered(page, end, asked.order)) return page;
      const more = await shards[index]?.page(behind(query, page, limit - first));
      return more ? joined(page, more) : page;
    }),
  );
  return mergePages(whole, asked);
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

/** listIds iterates over the IDs of all operations in the order of their creation, page by page. */
export async function* listIds(
  shards: Pick<Shards, "each">,
): AsyncGenerator<readonly string[], void> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const from: string = after;
    const pages = await shards.each((stub) => stub.operationIds(from, idPage));
    // As far as every shard has been read.
    const reach: string | undefined = pages
      .flatMap((ids) => (ids.length === idPage ? [ids.at(-1) ?? ""] : []))
      .sort()[0];
    yield pages
      .flat()
      .filter((id) => reach === undefined || id <= reach)
      .sort();
    after = reach;
  }
}
