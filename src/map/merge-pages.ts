import {
  decodeSnapshot,
  type ListPage,
  type ListQuery,
  type Snapshot,
  type StoredPage,
} from "../core/reply.ts";

/**
 * mergePages merges the pages of all shards into one, in the order of IDs, and parses only the operations on it. It
 * goes only as far as every shard has read, and ends with `coveredTo` if there may be more.
 */
export function mergePages(
  pages: readonly StoredPage[],
  { order, limit }: Pick<ListQuery, "order" | "limit">,
): ListPage {
  const isBefore = (a: string, b: string) => (order === "asc" ? a < b : a > b);
  let reach: string | undefined;
  for (const { coveredTo: end } of pages) {
    if (end !== undefined && (reach === undefined || isBefore(end, reach))) reach = end;
  }
  const rest = pages.map((page) => ({ page, place: 0 }));
  const items: Snapshot[] = [];
  let last = "";
  for (;;) {
    let next: (typeof rest)[number] | undefined;
    let id = "";
    for (const one of rest) {
      const own = one.page.ids[one.place];
      if (own === undefined || (next && !isBefore(own, id))) continue;
      next = one;
      id = own;
    }
    if (!next || (reach !== undefined && isBefore(reach, id))) break;
    if (items.length === limit) return { items, coveredTo: last };
    const { page, place } = next;
    items.push(decodeSnapshot(page.docs[place] ?? "", page.results[place] ?? null));
    last = id;
    next.place += 1;
  }
  return reach === undefined ? { items } : { items, coveredTo: reach };
}
