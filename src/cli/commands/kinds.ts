import { ExitStatus, type Status } from "../exit-status.ts";
import { printedKinds } from "../output/kind-table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";

/** addKinds is `kubecfg kinds`. */
export const addKinds: Add = (program, run) =>
  program
    .command("kinds")
    .description("list what can be done, and how it stands; kubecfg explain tells of the inputs")
    .action(run(kinds));

async function kinds(session: Session): Promise<Status> {
  const { signal, printer, stdout } = session;
  const found = await (await session.client()).kinds({ signal });
  await printer.print(printedKinds(found, stdout));
  return ExitStatus.ok;
}
