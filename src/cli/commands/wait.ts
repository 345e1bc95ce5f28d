import type { Command } from "commander";
import { each } from "../each.ts";
import { type Status, worst } from "../exit-status.ts";
import { follow } from "../follow.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Session } from "../session.ts";

/** wait is `kubecfg wait`. */
export async function wait(session: Session, given: string[], command: Command): Promise<Status> {
  const flags: { readonly cancelOnInterrupt?: boolean } = command.opts();
  const client = await session.client();
  const { signal, printer, stdout } = session;
  // Checks once that they exist and the service can be reached, since the wait itself survives errors.
  const first = await each(session, client, given, (id) => client.get(id, { signal }));
  const { operations, status } = await follow(session, client, {
    operations: first.found,
    signal,
    isCanceling: flags.cancelOnInterrupt === true,
  });
  await printer.print(printedGiven(operations, first.isOne, stdout));
  return worst([first.status, status]);
}
