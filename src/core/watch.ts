import type { Operation } from "./operation/operation.ts";

/** WatchFilter says which operations of a tenant are watched: any of the kinds, all of the labels. */
export interface WatchFilter {
  readonly kinds: readonly string[];
  readonly labels: readonly (readonly [string, string])[];
}

/** matches says whether a filter lets an operation through; an empty one lets all. */
export function matches(op: Operation, { kinds, labels }: WatchFilter): boolean {
  if (kinds.length > 0 && !kinds.includes(op.kind)) return false;
  return labels.every(([key, value]) => Object.hasOwn(op.labels, key) && op.labels[key] === value);
}

/** maxFilter bounds a filter in bytes of JSON: it stays with its socket while the object sleeps. */
export const maxFilter = 8 * 1024;
