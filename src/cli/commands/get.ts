import { each } from "../each.ts";
import type { Status } from "../exit-status.ts";
import { printedGiven } from "../output/operation-table.ts";
import type { Session } from "../session.ts";

/** get is `kubecfg get`. */
export async function get(session: Session, given: string[]): Promise<Status> {
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const { found, status, isOne } = await each(session, client, given, (id) =>
    client.get(id, { signal }),
  );
  await printer.print(printedGiven(found, isOne, stdout));
  return status;
}
