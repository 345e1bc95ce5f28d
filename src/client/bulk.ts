import type { Connection } from "./connection.ts";
import type { SendOptions } from "./creating/create-options.ts";
import { makeAt } from "./creating/making.ts";
import { type ListQuery, listPath } from "./list-query.ts";
import type { Operation } from "./operation.ts";

/** BulkFilter says which operations are meant, as a list does: something of it has to be there. */
export interface BulkFilter
  extends Pick<ListQuery, "statuses" | "kinds" | "labels" | "createdAfter" | "createdBefore"> {
  /** Every operation; nothing else is given then. */
  readonly all?: boolean | undefined;
}

/** BulkOptions say how a request about many operations is sent. */
export interface BulkOptions extends SendOptions {
  /** Only counts what it would do. */
  readonly dryRun?: boolean | undefined;
}

/** tries is how often such a request is sent. */
const tries = 5;

/** BulkCounts are the result of an operation of kind `bulk`: `matched` is the sum of the others. */
export interface BulkCounts {
  readonly matched: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
}

/**
 * makeMany makes the operation that acts on many others.
 *
 * @throws RangeError for what can be no such filter
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
    // A time is one text.
    return [name, name.startsWith("created") ? texts[0] : texts] as const;
  });
  const body = { filter: { ...Object.fromEntries(members), all }, dryRun };
  const made = await makeAt(connection, `/operations:${action}Many`, body, sending, tries);
  return made as Operation<BulkCounts>;
}
