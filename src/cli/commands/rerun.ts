import type { Command } from "commander";
import { each } from "../each.ts";
import { type Status, usage, worst } from "../exit-status.ts";
import { follow } from "../follow.ts";
import { actOnMany, isMany, type ManyFlags } from "../many.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Session } from "../session.ts";
import { durationOption } from "../settings/global-options.ts";
import { readJsonArgument } from "../settings/json-argument.ts";
import { within } from "../stops.ts";

interface RerunFlags extends ManyFlags {
  readonly input?: string;
  readonly keepSteps?: boolean;
  readonly idempotencyKey?: string;
  readonly wait?: string;
  readonly cancelOnInterrupt?: boolean;
}

/** rerun is `kubecfg rerun`. */
export async function rerun(session: Session, given: string[], command: Command): Promise<Status> {
  const flags: RerunFlags = command.opts();
  const ofSome = {
    "--input": flags.input,
    "--keep-steps": flags.keepSteps,
    "--wait": flags.wait,
    "--idempotency-key": flags.idempotencyKey,
  };
  if (isMany("rerun", given, flags, ofSome)) return actOnMany(session, "rerun", flags);
  const wait = flags.wait === undefined ? undefined : durationOption("--wait", flags.wait);
  if (given.length > 1) refuseOfMany(flags);
  const { signal, stdin, printer, stdout } = session;
  const { idempotencyKey, keepSteps } = flags;
  if (keepSteps && flags.input !== undefined) {
    throw usage(
      "Cannot use --input with --keep-steps: the stored steps belong to the original input",
    );
  }
  const input =
    flags.input === undefined
      ? {}
      : { input: await readJsonArgument("--input", flags.input, stdin) };
  const client = await session.client();
  const { found, status, isOne } = await each(session, client, given, (id) =>
    client.rerun(id, { ...input, keepSteps, idempotencyKey, signal }),
  );
  if (wait === undefined) {
    await printer.print(printedGiven(found, isOne, stdout));
    return status;
  }
  const followed = await follow(session, client, {
    operations: found,
    signal: within(signal, wait, flags.wait ?? ""),
    isCanceling: flags.cancelOnInterrupt === true,
  });
  await printer.print(printedGiven(followed.operations, isOne, stdout));
  return worst([status, followed.status]);
}

function refuseOfMany({ input, idempotencyKey }: RerunFlags): void {
  const name = input !== undefined ? "--input" : "--idempotency-key";
  if (input === undefined && idempotencyKey === undefined) return;
  throw usage(`Cannot use ${name} with several ids`);
}
