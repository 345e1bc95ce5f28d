import type { Command } from "commander";
import { each } from "../each.ts";
import { type Status, worst } from "../exit-status.ts";
import { follow } from "../follow.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";
import { cancelOnInterrupt } from "./create.ts";

/** addWait is `kubecfg wait ID…`. */
export const addWait: Add = (program, run) =>
  program
    .command("wait")
    .description("wait until all have ended; status 1 where one failed, 4 after --timeout")
    .argument("<id...>", "for which")
    .addOption(cancelOnInterrupt())
    .action(run(wait));

async function wait(session: Session, given: string[], command: Command): Promise<Status> {
  const flags: { readonly cancelOnInterrupt?: boolean } = command.opts();
  const client = await session.client();
  const { signal, printer, stdout } = session;
  // Once to know that they are there, and that the service is: waiting itself outlives trouble.
  const first = await each(session, client, given, (id) => client.get(id, { signal }));
  const { operations, status } = await follow(session, client, {
    operations: first.found,
    signal,
    isCanceling: flags.cancelOnInterrupt === true,
  });
  await printer.print(printedGiven(operations, first.isOne, stdout));
  return worst([first.status, status]);
}
