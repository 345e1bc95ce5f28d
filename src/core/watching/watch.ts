import type { Operation } from "../operation/operation.ts";

/** WatchFilter selects the operations of a tenant to watch: any of the kinds, all of the labels. */
export interface WatchFilter {
  readonly kinds: readonly string[];
  readonly labels: readonly (readonly [string, string])[];
}

/** matches says whether an operation matches a filter; an empty filter matches all. */
export function matches(op: Operation, { kinds, labels }: WatchFilter): boolean {
  if (kinds.length > 0 && !kinds.includes(op.kind)) return false;
  return labels.every(([key, value]) => Object.hasOwn(op.labels, key) && op.labels[key] === value);
}

/** maxFilter limits a filter, in bytes of JSON: it is stored with its socket while the object sleeps. */
export const maxFilter = 8 * 1024;
