import type { Command } from "commander";
import type { ListQuery, Operation } from "../../client/index.ts";
import { ExitStatus, type Status, usage } from "../exit-status.ts";
import { checkKinds } from "../known-kinds.ts";
import { printedOperations } from "../output/operation-table.ts";
import type { Session } from "../session.ts";
import { wholeNumber } from "../settings/arguments.ts";
import { type FilterFlags, filterOf } from "../settings/filter-options.ts";

interface ListFlags extends FilterFlags {
  readonly order?: string;
  readonly limit?: string;
  readonly all?: boolean;
}

/** pageSize is how many operations one request returns at most. */
const pageSize = 1_000;

/** list is `kubecfg list`. */
export async function list(session: Session, _: string[], command: Command): Promise<Status> {
  const flags: ListFlags = command.opts();
  if (flags.all && flags.limit !== undefined) throw usage("Cannot use --all with --limit");
  const limit = flags.all
    ? Number.POSITIVE_INFINITY
    : wholeNumber("--limit", flags.limit ?? "100", 1, 1_000_000);
  const query = { ...queryOf(flags), pageSize: Math.min(limit + 1, pageSize) };
  const client = await session.client();
  await checkKinds(session, client, query.kinds ?? []);
  const operations: Operation[] = [];
  let hasMore = false;
  for await (const operation of client.list(query, { signal: session.signal })) {
    hasMore = operations.length === limit;
    if (hasMore) break;
    operations.push(operation);
  }
  await session.printer.print(printedOperations(operations, session.stdout));
  if (session.printer.format.name === "table") {
    if (operations.length === 0) session.tell("No operations found");
    if (hasMore) session.tell(`There are more than ${limit}: use --limit or --all to see them`);
  }
  return ExitStatus.ok;
}

function queryOf(flags: ListFlags): ListQuery {
  const { order } = flags;
  if (order !== undefined && order !== "asc" && order !== "desc") {
    throw usage(`Invalid --order ${JSON.stringify(order)}: must be asc or desc`);
  }
  return { ...filterOf(flags), order };
}
