import {
  decodeSnapshot,
  type ListPage,
  type ListQuery,
  type Snapshot,
  type StoredPage,
} from "../core/reply.ts";

/** Cursor is how far a page has been merged: up to its next ID. */
interface Cursor {
  readonly page: StoredPage;
  place: number;
  id: string;
}

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
  // The pages that are not merged entirely, the one with the next ID last.
  const rest: Cursor[] = pages.flatMap((page) => {
    const [id] = page.ids;
    return id === undefined ? [] : [{ page, place: 0, id }];
  });
  rest.sort((a, b) => (isBefore(a.id, b.id) ? 1 : -1));
  const items: Snapshot[] = [];
  let last = "";
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { page, place, id } = next;
    if (reach !== undefined && isBefore(reach, id)) break;
    if (items.length === limit) return { items, coveredTo: last };
    items.push(decodeSnapshot(page.docs[place] ?? "", page.results[place] ?? null));
    last = id;
    const after = page.ids[place + 1];
    if (after === undefined) continue;
    next.place += 1;
    next.id = after;
    rest.splice(placeOf(after, rest, isBefore), 0, next);
  }
  return reach === undefined ? { items } : { items, coveredTo: reach };
}

/** Where an ID belongs, by binary search: there may be thousands of shards. */
function placeOf(
  id: string,
  rest: readonly Cursor[],
  isBefore: (a: string, b: string) => boolean,
): number {
  let low = 0;
  let high = rest.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(rest[middle]?.id ?? "", id)) high = middle;
    else low = middle + 1;
  }
  return low;
}
