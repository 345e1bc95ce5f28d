import {
  decodeSnapshot,
  type ListPage,
  type ListQuery,
  type Snapshot,
  type StoredPage,
} from "../../core/reply.ts";

/** Merged is which operations of the pages of all shards are on the page that they make together, in their order. */
export interface Merged {
  readonly found: readonly Found[];
  /** As in ListPage. */
  readonly coveredTo?: string;
}

/** Found is one operation of a shard's page. */
interface Found {
  readonly page: StoredPage;
  readonly place: number;
}

/** Cursor is how far a page has been merged: up to its next ID. */
interface Cursor extends Found {
  readonly id: string;
}

/**
 * mergePages merges the pages of all shards into one, in the order of IDs. It goes only as far as every shard has read,
 * and ends with `coveredTo` if there may be more.
 */
export function mergePages(
  pages: readonly StoredPage[],
  { order, limit }: Pick<ListQuery, "order" | "limit">,
): Merged {
  const isBefore = (a: string, b: string) => (order === "asc" ? a < b : a > b);
  let reach: string | undefined;
  for (const { coveredTo: end } of pages) {
    if (end !== undefined && (reach === undefined || isBefore(end, reach))) reach = end;
  }
  // The pages that are not merged entirely, the one with the next ID last.
  const rest: Cursor[] = pages.flatMap((page) => cursorAt(page, 0) ?? []);
  rest.sort((a, b) => (isBefore(a.id, b.id) ? 1 : -1));
  const found: Found[] = [];
  let last = "";
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { page, place, id } = next;
    if (reach !== undefined && isBefore(reach, id)) break;
    if (found.length === limit) return { found, coveredTo: last };
    found.push(next);
    last = id;
    const after = cursorAt(page, place + 1);
    if (after) rest.splice(placeOf(after.id, rest, isBefore), 0, after);
  }
  return reach === undefined ? { found } : { found, coveredTo: reach };
}

/** decodeMerged returns a merged page, of which only the operations on it are parsed. */
export function decodeMerged({ found, ...rest }: Merged): ListPage {
  const items = found.map(
    ({ page: { docs, results }, place }): Snapshot =>
      decodeSnapshot(docs[place] ?? "", results[place] ?? null),
  );
  return { items, ...rest };
}

function cursorAt(page: StoredPage, place: number): Cursor | undefined {
  const id = page.ids[place];
  return id === undefined ? undefined : { page, place, id };
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
