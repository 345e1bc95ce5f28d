import type { BulkFilter } from "../../../client/index.ts";
import { isFiltering, type RowFilter, rangeOf } from "../row-filter.ts";

/**
 * bulkFilterOf returns the service's equivalent of a filter of the table at `now`, or undefined if there is none: for a
 * part of an id, a label with any value, or two values of one label.
 */
export function bulkFilterOf(filter: RowFilter, now: number): BulkFilter | undefined {
  const { statuses, kinds, labels, search } = filter;
  if (!isFiltering(filter)) return { all: true };
  const named = new Map<string, string>();
  for (const label of labels) {
    const colon = label.indexOf(":");
    const name = label.slice(0, colon);
    if (colon < 1 || named.has(name)) return undefined;
    named.set(name, label.slice(colon + 1));
  }
  if (search !== "") return undefined;
  const { from, to } = rangeOf(filter, now);
  return {
    statuses,
    kinds,
    labels: Object.fromEntries(named),
    ...(from !== undefined && { createdAfter: new Date(from) }),
    ...(to !== undefined && { createdBefore: new Date(to) }),
  };
}
