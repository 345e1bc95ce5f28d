import { each } from "../each.ts";
import type { Status } from "../exit-status.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";
import { uniqueOf } from "../settings/arguments.ts";

/** addGet is `kubecfg get ID…`. */
export const addGet: Add = (program, run) =>
  program
    .command("get")
    .description("show operations as they are now")
    .argument("<id...>", "which")
    .action(run(get));

async function get(session: Session, given: string[]): Promise<Status> {
  const ids = uniqueOf(given);
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const { found, status } = await each(session, ids, (id) => client.get(id, { signal }));
  await printer.print(printedGiven(found, ids.length === 1, stdout));
  return status;
}
