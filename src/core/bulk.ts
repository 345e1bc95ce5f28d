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
  /** Not acted upon: not finished yet, for a delete or a rerun; finished already, for a cancel. */
  readonly skipped: number;
  readonly failed: number;
}

/** BulkState is its progress in one shard. */
export interface BulkState extends BulkCounts {
  /** The last id that it has processed, empty at first. */
  readonly after: string;
  readonly isOver: boolean;
  /** When the first operation that it processed was created. */
  readonly first?: number;
}

/** BulkStep is progress from one id to another, with the counts in between. */
export interface BulkStep extends BulkCounts, Pick<BulkState, "isOver"> {
  /** Where it starts: a step from an earlier position has no effect. */
  readonly from: string;
  /** The last id that it has processed. */
  readonly after: string;
}

/** BulkOrder tells one shard to continue. */
export interface BulkOrder extends Pick<BulkInput, "action" | "query" | "dryRun"> {
  /** The operation of kind `bulk`; newer operations are not touched. */
  readonly id: string;
  /** When its deadline is over, after which the shard may delete its state. */
  readonly until: number;
  /** A step that was done outside the shard. */
  readonly made?: BulkStep;
}

/** BulkPage is the progress of one shard. */
export interface BulkPage {
  readonly state: BulkState;
  /** About which part of the shard it has processed, from 0 to 1. */
  readonly part: number;
  /** The operations to rerun, each with its input as JSON text, and the step to report when that is done. */
  readonly reruns?: {
    readonly items: readonly (Pick<Snapshot, "op"> & { readonly input: string })[];
    readonly step: BulkStep;
  };
}

/** nothingYet are the counts at the start. */
export const nothingYet: BulkCounts = { matched: 0, done: 0, skipped: 0, failed: 0 };

/** added returns the sum of two counts. */
export function added(a: BulkCounts, b: BulkCounts): BulkCounts {
  return {
    matched: a.matched + b.matched,
    done: a.done + b.done,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
  };
}

/** counted returns counts with one more operation. */
export function counted(
  counts: BulkCounts,
  outcome: "done" | "skipped" | "failed" | undefined,
): BulkCounts {
  if (outcome === undefined) return counts;
  return { ...counts, matched: counts.matched + 1, [outcome]: counts[outcome] + 1 };
}
