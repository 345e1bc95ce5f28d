import { each } from "../each.ts";
import type { Status } from "../exit-status.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";

/** addGet is `kubecfg get ID…`. */
export const addGet: Add = (program, run) =>
  program
    .command("get")
    .description("show operations as they are now")
    .argument("<id...>", "which")
    .action(run(get));

async function get(session: Session, given: string[]): Promise<Status> {
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const { found, status, isOne } = await each(session, client, given, (id) =>
    client.get(id, { signal }),
  );
  await printer.print(printedGiven(found, isOne, stdout));
  return status;
}
