import type { Connection } from "./connection.ts";
import type { SendOptions } from "./creating/create-options.ts";
import { makeAt } from "./creating/making.ts";
import { type ListQuery, listPath } from "./list-query.ts";
import type { Operation } from "./operation.ts";

/** BulkFilter selects operations, as in a list. At least one member is required. */
export interface BulkFilter
  extends Pick<ListQuery, "statuses" | "kinds" | "labels" | "createdAfter" | "createdBefore"> {
  /** Every operation, without other members. */
  readonly all?: boolean | undefined;
}

/** BulkOptions are the options of cancelMany, deleteMany and rerunMany. */
export interface BulkOptions extends SendOptions {
  /** Whether to only count what would be done. */
  readonly dryRun?: boolean | undefined;
}

/** tries is how many times such a request is sent. */
const tries = 5;

/** BulkCounts is the result of an operation of kind `bulk`; `matched` is the sum of the others. */
export interface BulkCounts {
  readonly matched: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
}

/**
 * makeMany creates the operation that acts on many others.
 *
 * @throws RangeError for an invalid filter
 */
export async function makeMany(
  connection: Connection,
  action: "cancel" | "delete" | "rerun",
  { all, ...filter }: BulkFilter,
  { dryRun, ...sending }: BulkOptions = {},
): Promise<Operation<BulkCounts>> {
  const query = new URLSearchParams(listPath(filter).split("?")[1]);
  const members = [...new Set(query.keys())].map((name) => {
    const texts = query.getAll(name);
    // A time is a single value.
    return [name, name.startsWith("created") ? texts[0] : texts] as const;
  });
  const body = { filter: { ...Object.fromEntries(members), all }, dryRun };
  const made = await makeAt(connection, `/operations:${action}Many`, body, sending, tries);
  return made as Operation<BulkCounts>;
}
