import type { Command } from "commander";
import { ExitStatus, type Status } from "../exit-status.ts";
import { idOf } from "../named-id.ts";
import { attemptLogText } from "../output/log-text.ts";
import type { Session } from "../session.ts";

/** logs is `kubecfg logs`. */
export async function logs(
  session: Session,
  [name = ""]: string[],
  command: Command,
): Promise<Status> {
  const { follow = false }: { readonly follow?: boolean } = command.opts();
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const id = await idOf(session, client, name);
  // Following survives errors, so first check that the operation exists.
  if (follow) await client.get(id, { signal });
  for await (const line of client.logs(id, { follow, signal })) {
    await printer.printOne({
      value: line,
      ids: [`${line.attempt}/${line.line}`],
      table: () => attemptLogText(line, stdout),
    });
  }
  return ExitStatus.ok;
}
