import {
  type BulkCounts,
  type BulkFilter,
  type BulkOptions,
  isFinished,
  type Operation,
  type OperationsClient,
} from "../client/index.ts";
import { ExitStatus, type Status, usage, worst } from "./exit-status.ts";
import { follow } from "./follow.ts";
import { checkKinds } from "./known-kinds.ts";
import { table } from "./output/table.ts";
import type { Session } from "./session.ts";
import { wordsOf } from "./settings/arguments.ts";
import { type FilterFlags, filterOf, isFiltered } from "./settings/filter-options.ts";

/** ManyAction is what to do with many operations in one request. */
export type ManyAction = "cancel" | "delete" | "rerun";

/** ManyFlags says whether many operations are meant, and which. */
export interface ManyFlags extends FilterFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/**
 * isMany returns whether a command is to act on many operations.
 *
 * @param others options that apply only to named operations, by how they were given
 * @throws CommandFailure for options that do not go together, and if nothing is named
 */
export function isMany(
  name: ManyAction,
  given: readonly string[],
  flags: ManyFlags,
  others: Readonly<Record<string, unknown>> = {},
): boolean {
  if (!flags.all) {
    if (isFiltered(flags) || flags.yes || flags.dryRun) {
      throw usage("Filters need --all: pass ids, or --all with filters");
    }
    if (given.length > 0) return false;
    throw usage(`missing required argument 'id', or --all; see kubecfg ${name} --help`);
  }
  if (given.length > 0) throw usage("Cannot use ids with --all");
  const wrong = Object.entries(others).find(([, value]) => value !== undefined);
  if (wrong) throw usage(`Cannot use ${wrong[0]} with --all`);
  return true;
}

/**
 * actOnMany cancels, deletes or reruns everything that the flags select, by an operation of the service that it waits
 * for. It asks for confirmation first, with the number of operations, unless `--yes` is given.
 *
 * @throws CommandFailure if there is nobody to ask; otherwise what the client throws
 */
export async function actOnMany(
  session: Session,
  action: ManyAction,
  flags: ManyFlags,
): Promise<Status> {
  const { signal, printer } = session;
  if (!flags.yes && !flags.dryRun && !session.isInteractive) {
    throw usage(`There is no terminal to confirm on: pass --yes to ${words[action]} all of them`);
  }
  const filter: BulkFilter = isFiltered(flags) ? filterOf(flags) : { all: true };
  const client = await session.client();
  await checkKinds(session, client, wordsOf(flags.kind));
  if (!flags.yes || flags.dryRun) {
    const counted = await counts(session, client, action, filter);
    if (flags.dryRun) {
      await printer.print(printedMany(counted, session));
      return ExitStatus.ok;
    }
    const { done, skipped } = resultOf(counted);
    if (done === 0) {
      session.tell(`No operations to ${words[action]}${skipped > 0 ? `: ${left(skipped)}` : ""}`);
      return ExitStatus.ok;
    }
    if (!(await confirmed(session, action, done, skipped))) {
      session.tell("Nothing done");
      return ExitStatus.ok;
    }
  }
  const made = await ask(client, action, filter, { signal });
  const { operations, status } = await follow(session, client, {
    operations: [made],
    signal,
    isCanceling: true,
  });
  const ended = (operations[0] ?? made) as Operation<BulkCounts>;
  await printer.print(printedMany(ended, session));
  return worst([status, resultOf(ended).failed > 0 ? ExitStatus.failed : ExitStatus.ok]);
}

const words: Readonly<Record<ManyAction, string>> = {
  cancel: "cancel",
  delete: "delete",
  rerun: "rerun",
};

function ask(
  client: OperationsClient,
  action: ManyAction,
  filter: BulkFilter,
  options: BulkOptions,
): Promise<Operation<BulkCounts>> {
  if (action === "cancel") return client.cancelMany(filter, options);
  return action === "delete"
    ? client.deleteMany(filter, options)
    : client.rerunMany(filter, options);
}

/** The operation that has only counted, once it has ended. */
async function counts(
  { signal }: Session,
  client: OperationsClient,
  action: ManyAction,
  filter: BulkFilter,
): Promise<Operation<BulkCounts>> {
  const made = await ask(client, action, filter, { dryRun: true, wait: "30s", signal });
  if (isFinished(made)) return made;
  return (await client.waitFor(made.id, { signal })) as Operation<BulkCounts>;
}

async function confirmed(
  { stderr, signal }: Session,
  action: ManyAction,
  done: number,
  skipped: number,
): Promise<boolean> {
  const { confirm } = await import("@inquirer/prompts");
  const verb = words[action].replace(/^./, (letter) => letter.toUpperCase());
  const rest = skipped > 0 ? ` (${left(skipped)})` : "";
  const message = `${verb} ${done} ${done === 1 ? "operation" : "operations"}?${rest}`;
  return confirm({ message, default: false }, { output: stderr.stream, signal });
}

function left(skipped: number): string {
  return `${skipped} skipped because of their status`;
}

function resultOf(operation: Operation<BulkCounts>): BulkCounts {
  const none = { matched: 0, done: 0, skipped: 0, failed: 0 };
  return operation.status === "succeeded" ? (operation.result ?? none) : none;
}

function printedMany(operation: Operation<BulkCounts>, { stdout }: Session) {
  return { value: operation, ids: [operation.id], table: () => tableOf(operation, stdout) };
}

function tableOf(operation: Operation<BulkCounts>, screen: Session["stdout"]): string {
  const { matched, done, skipped, failed } = resultOf(operation);
  const columns = ["ID", "STATUS", "MATCHED", "DONE", "SKIPPED", "FAILED"];
  const cells = [matched, done, skipped, failed].map(String);
  const row = [operation.id, operation.status, ...cells];
  return table(
    columns.map((title) => ({ title })),
    [row],
    screen,
  );
}
