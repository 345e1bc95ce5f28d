import type { ListPage, ListQuery, Snapshot } from "../core/reply.ts";

/**
 * mergePages merges the pages of all shards into one, in the order of IDs. It goes only as far as every shard has
 * looked, and ends with `coveredTo` if there may be more.
 */
export function mergePages(
  pages: readonly ListPage[],
  { order, limit }: Pick<ListQuery, "order" | "limit">,
): ListPage {
  const isBefore = (a: string, b: string) => (order === "asc" ? a < b : a > b);
  const reaches = pages.flatMap(({ coveredTo }) => (coveredTo === undefined ? [] : [coveredTo]));
  const reach = reaches.reduce<string | undefined>(
    (least, end) => (least === undefined || isBefore(end, least) ? end : least),
    undefined,
  );
  const items = pages
    .flatMap((page) => page.items)
    .filter(({ op }) => reach === undefined || !isBefore(reach, op.id))
    .sort((a: Snapshot, b: Snapshot) => (isBefore(a.op.id, b.op.id) ? -1 : 1));
  if (items.length > limit) {
    const kept = items.slice(0, limit);
    return { items: kept, coveredTo: kept.at(-1)?.op.id ?? "" };
  }
  return reach === undefined ? { items } : { items, coveredTo: reach };
}
