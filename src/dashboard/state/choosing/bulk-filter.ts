import type { BulkFilter } from "../../../client/index.ts";
import { isFiltering, type RowFilter, rangeOf } from "../row-filter.ts";

/**
 * bulkFilterOf returns a filter of the table as the service has it at `now`, or undefined for one that it has not:
 * by a part of an id, by a label of any value, or by two values of one label.
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
