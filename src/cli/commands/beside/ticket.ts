import type { Command } from "commander";
import { ExitStatus, type Status } from "../../exit-status.ts";
import { idOf } from "../../named-id.ts";
import { plainText } from "../../output/plain-text.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";

/** ticket is `kubecfg ticket ID`. */
export async function ticket(
  session: Session,
  [name = ""]: string[],
  command: Command,
): Promise<Status> {
  const { ttl }: { readonly ttl?: string } = command.opts();
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const id = await idOf(session, client, name);
  const made = await client.ticket(id, { ...(ttl !== undefined && { ttl }), signal });
  await printer.print({
    value: made,
    ids: [made.ticket],
    table: () => {
      const columns = [{ title: "OPERATION" }, { title: "EXPIRES" }];
      // The ticket is to be copied whole, so it is outside the table.
      return `${table(columns, [[id, made.expiresAt]], stdout)}\n\n${plainText(made.ticket)}`;
    },
  });
  if (printer.format.name === "table") {
    session.tell("Anyone with the ticket can read this operation until then; it cannot be revoked");
  }
  return ExitStatus.ok;
}
