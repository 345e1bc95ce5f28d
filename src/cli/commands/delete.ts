import type { Command } from "commander";
import { each } from "../each.ts";
import type { Status } from "../exit-status.ts";
import { actOnMany, isMany, type ManyFlags } from "../many.ts";
import { table } from "../output/table.ts";
import type { Session } from "../session.ts";

/** remove is `kubecfg delete`. */
export async function remove(session: Session, given: string[], command: Command): Promise<Status> {
  const flags: ManyFlags = command.opts();
  if (isMany("delete", given, flags)) return actOnMany(session, "delete", flags);
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const { found, status } = await each(session, client, given, async (id) => {
    await client.delete(id, { signal });
    return id;
  });
  await printer.print({
    value: { deleted: found },
    ids: found,
    table: () =>
      found.length === 0
        ? ""
        : table(
            [{ title: "DELETED" }],
            found.map((id) => [id]),
            stdout,
          ),
  });
  return status;
}
