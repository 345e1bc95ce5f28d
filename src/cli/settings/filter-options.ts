import type { Command } from "commander";
import type { ListQuery } from "../../client/index.ts";
import { usage } from "../exit-status.ts";
import { collect, statusesOf, wordsOf } from "./arguments.ts";
import { durationOption } from "./global-options.ts";
import { selectorOf } from "./selector.ts";

/** FilterFlags says which operations are meant, as given on the command line. */
export interface FilterFlags {
  readonly status?: readonly string[];
  readonly kind?: readonly string[];
  readonly label?: readonly string[];
  readonly since?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
}

/** Filter is the part of a query that selects operations. */
export type Filter = Pick<
  ListQuery,
  "statuses" | "kinds" | "labels" | "createdAfter" | "createdBefore"
>;

/** labelHelp describes the filter by label. */
export const labelHelp =
  "with this label: name=value, or several with commas; may be repeated, all must match";

/** addFilterOptions adds the options that select operations. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("--status <status>", "with this status, or one of several with commas", collect)
    .option("--kind <kind>", "of this kind, or one of several with commas", collect)
    .option("-l, --label <name=value>", labelHelp, collect)
    .option("--since <duration>", "created at most this long ago")
    .option("--created-after <time>", "created after this time, such as 2026-11-22T08:00:00Z")
    .option("--created-before <time>", "created before this time");
}

/** addManyOptions adds the options with which a command acts on many operations instead of named ones. */
export function addManyOptions(command: Command): Command {
  command.option("--all", "all operations that match the options below, instead of ids");
  return addFilterOptions(command)
    .option("--yes", "with --all: do not ask first")
    .option("--dry-run", "with --all: only count them");
}

/** isFiltered returns whether any of them was given. */
export function isFiltered(flags: FilterFlags): boolean {
  const { status, kind, label, since, createdAfter, createdBefore } = flags;
  return [status, kind, label, since, createdAfter, createdBefore].some((one) => one !== undefined);
}

/** filterOf reads them. @throws CommandFailure for invalid ones */
export function filterOf(flags: FilterFlags): Filter {
  const { since, createdAfter, createdBefore } = flags;
  if (since !== undefined && createdAfter !== undefined) {
    throw usage("Cannot use --since with --created-after");
  }
  const from =
    since === undefined ? createdAfter : new Date(Date.now() - durationOption("--since", since));
  return {
    statuses: statusesOf(flags.status),
    kinds: wordsOf(flags.kind),
    labels: selectorOf(flags.label),
    createdAfter: from,
    createdBefore,
  };
}
