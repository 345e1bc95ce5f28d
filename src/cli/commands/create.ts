import type { Command } from "commander";
import { type CreateRequest, JsonText } from "../../client/index.ts";
import { lastPriority } from "../../core/limits.ts";
import { ExitStatus, type Status, usage } from "../exit-status.ts";
import { follow } from "../follow.ts";
import { ofKind } from "../known-kinds.ts";
import { printedOperation } from "../output/operation-table.ts";
import { askInput, askKind } from "../prompts/ask-create.ts";
import type { Session } from "../session.ts";
import { labelsOf, wholeNumber } from "../settings/arguments.ts";
import { durationOption } from "../settings/global-options.ts";
import { readJsonArgument } from "../settings/json-argument.ts";
import { within } from "../stops.ts";

interface CreateFlags {
  readonly input?: string;
  readonly label?: readonly string[];
  readonly metadata?: string;
  readonly ttl?: string;
  readonly waitDeadline?: string;
  readonly deadline?: string;
  readonly startAfter?: string;
  readonly startAt?: string;
  readonly priority?: string;
  readonly retries?: string;
  readonly webhook?: string;
  readonly idempotencyKey?: string;
  readonly wait?: string;
  readonly cancelOnInterrupt?: boolean;
}

/** create is `kubecfg create`. */
export async function create(
  session: Session,
  [named]: string[],
  command: Command,
): Promise<Status> {
  const flags: CreateFlags = command.opts();
  const wait = flags.wait === undefined ? undefined : durationOption("--wait", flags.wait);
  if (named === undefined && !session.isInteractive) {
    throw usage("missing required argument 'kind'; see kubecfg create --help");
  }
  const given = await requestOf(session, flags);
  const client = await session.client();
  const kind = named ?? (await askKind(session, client));
  const asked =
    flags.input === undefined && session.isInteractive
      ? await askInput(session, client, kind)
      : undefined;
  const request: CreateRequest = { kind, ...given, ...asked };
  const { signal, printer, stdout } = session;
  const made = await ofKind(session, client, kind, () =>
    client.create(request, { idempotencyKey: flags.idempotencyKey, signal }),
  );
  if (wait === undefined) {
    await printer.print(printedOperation(made, stdout));
    return ExitStatus.ok;
  }
  // Waiting is separate from creating, so that the ID is known when Ctrl-C comes.
  const { operations, status } = await follow(session, client, {
    operations: [made],
    signal: within(signal, wait, flags.wait ?? ""),
    isCanceling: flags.cancelOnInterrupt === true,
  });
  await printer.print(printedOperation(operations[0] ?? made, stdout));
  return status;
}

async function requestOf(
  { stdin }: Session,
  flags: CreateFlags,
): Promise<Omit<CreateRequest, "kind">> {
  const { input, metadata, ttl, deadline, waitDeadline, startAfter, startAt, webhook } = flags;
  const kept =
    metadata === undefined ? undefined : await readJsonArgument("--metadata", metadata, stdin);
  if (kept !== undefined && !isObject(kept))
    throw usage("Invalid --metadata: must be a JSON object");
  const { retries } = flags;
  const priority =
    flags.priority === undefined
      ? undefined
      : wholeNumber("--priority", flags.priority, 0, lastPriority);
  return {
    ...(input !== undefined && { input: await readJsonArgument("--input", input, stdin) }),
    labels: labelsOf(flags.label),
    ...(kept !== undefined && { metadata: kept }),
    ...(ttl !== undefined && { ttl }),
    ...(deadline !== undefined && { deadline }),
    ...(waitDeadline !== undefined && { waitDeadline }),
    ...(startAfter !== undefined && { startAfter }),
    ...(startAt !== undefined && { startAt }),
    ...(priority !== undefined && { priority }),
    ...(retries !== undefined && { retry: { maxAttempts: attemptsOf(retries) } }),
    ...(webhook !== undefined && { webhook }),
  };
}

/** The total number of attempts, where 0 means no limit. */
function attemptsOf(retries: string): number {
  return retries === "unlimited" ? 0 : wholeNumber("--retries", retries, 0, 99) + 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  const isCompound = typeof value === "object" && value !== null && !Array.isArray(value);
  return isCompound && !(value instanceof JsonText);
}
