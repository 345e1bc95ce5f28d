import type { Command } from "commander";
import { isFinished } from "../../client/index.ts";
import { each } from "../each.ts";
import { type Status, worst } from "../exit-status.ts";
import { cutShort } from "../follow.ts";
import { actOnMany, isMany, type ManyFlags } from "../many.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Session } from "../session.ts";
import { durationOption } from "../settings/global-options.ts";
import { stopOf, within } from "../stops.ts";

interface CancelFlags extends ManyFlags {
  readonly wait?: string;
  readonly force?: boolean;
}

/** cancel is `kubecfg cancel`. */
export async function cancel(session: Session, given: string[], command: Command): Promise<Status> {
  const flags: CancelFlags = command.opts();
  const ofSome = { "--wait": flags.wait, "--force": flags.force };
  if (isMany("cancel", given, flags, ofSome)) return actOnMany(session, "cancel", flags);
  const length = flags.wait === undefined ? undefined : durationOption("--wait", flags.wait);
  const client = await session.client();
  const { printer, stdout } = session;
  const signal =
    length === undefined ? session.signal : within(session.signal, length, flags.wait ?? "");
  const { found, status, isOne } = await each(session, client, given, (id) =>
    client.cancel(id, { force: flags.force, signal }),
  );
  const ended = length === undefined ? found : await Promise.all(found.map(endOf));
  await printer.print(printedGiven(ended, isOne, stdout));
  const left = length === undefined ? [] : ended.filter((operation) => !isFinished(operation));
  const stop = stopOf(signal);
  // Ending is what was asked for, canceled or not, so that is not a failure here.
  return stop && left.length > 0
    ? worst([status, (await cutShort(session, client, left, stop, false)).status])
    : status;

  async function endOf(operation: (typeof found)[number]) {
    try {
      return isFinished(operation) ? operation : await client.waitFor(operation.id, { signal });
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      return operation;
    }
  }
}
