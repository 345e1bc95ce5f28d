import type { ListQuery, Snapshot } from "./reply.ts";

/** bulkKind is the kind of operations that act on many others. They have their own endpoints. */
export const bulkKind = "bulk";

/** BulkAction is what is done with each matching operation. */
export type BulkAction = "cancel" | "delete" | "rerun";

/** BulkQuery selects operations. */
export type BulkQuery = Pick<ListQuery, "statuses" | "kinds" | "labels" | "from" | "to">;

/** BulkInput is the input of an operation of kind `bulk`. */
export interface BulkInput {
  readonly action: BulkAction;
  /** The filter as it was requested. */
  readonly filter: unknown;
  /** The same, as a query. */
  readonly query: BulkQuery;
  /** Whether to only count what would be done. */
  readonly dryRun?: boolean;
}

/** BulkCounts is its result; `matched` is the sum of the others. */
export interface BulkCounts {
  readonly matched: number;
  readonly done: number;
  /** Those that are not finished, to be deleted or run again; those that need no cancel any more. */
  readonly skipped: number;
  readonly failed: number;
}

/** BulkState is its progress in one shard. */
export interface BulkState extends BulkCounts {
  /** The last id that it has looked at, empty at first. */
  readonly after: string;
  readonly isOver: boolean;
  /** When the first operation was made that it has looked at. */
  readonly first?: number;
}

/** BulkStep goes on from one place to another, and says what it has counted on its way. */
export interface BulkStep extends BulkCounts, Pick<BulkState, "isOver"> {
  /** Where it begins: a step from a place that it has left already does nothing. */
  readonly from: string;
  /** The last id that it has looked at. */
  readonly after: string;
}

/** BulkOrder asks one shard to go on. */
export interface BulkOrder extends Pick<BulkInput, "action" | "query" | "dryRun"> {
  /** The operation of kind `bulk`; it touches none that is as new. */
  readonly id: string;
  /** When its deadline is over: what the shard keeps of it may go then. */
  readonly until: number;
  /** A step that was made outside the shard. */
  readonly made?: BulkStep;
}

/** BulkPage is how far one shard has come. */
export interface BulkPage {
  readonly state: BulkState;
  /** About how much of the shard it has looked at, from 0 to 1. */
  readonly part: number;
  /** What to run again, with each one's input as JSON text, and the step that this makes when it is done. */
  readonly reruns?: {
    readonly items: readonly (Pick<Snapshot, "op"> & { readonly input: string })[];
    readonly step: BulkStep;
  };
}

/** nothingYet counts nothing. */
export const nothingYet: BulkCounts = { matched: 0, done: 0, skipped: 0, failed: 0 };

/** added returns two counts together. */
export function added(a: BulkCounts, b: BulkCounts): BulkCounts {
  return {
    matched: a.matched + b.matched,
    done: a.done + b.done,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
  };
}

/** counted returns counts with one operation more. */
export function counted(
  counts: BulkCounts,
  outcome: "done" | "skipped" | "failed" | undefined,
): BulkCounts {
  if (outcome === undefined) return counts;
  return { ...counts, matched: counts.matched + 1, [outcome]: counts[outcome] + 1 };
}
