import type { Command } from "commander";
import { ExitStatus, type Status, usage } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";

/** deleteTenant is `kubecfg delete-tenant NAME`. */
export async function deleteTenant(
  session: Session,
  [name = ""]: string[],
  command: Command,
): Promise<Status> {
  const { yes = false }: { readonly yes?: boolean } = command.opts();
  if (!yes) await confirm(session, name);
  const client = await session.client();
  const { printer, stdout, signal } = session;
  const deleted = await client.deleteTenant(name, { signal });
  await printer.print({
    value: deleted,
    ids: [deleted.tenant],
    table: () =>
      table(
        [{ title: "DELETED" }, { title: "OBJECTS" }],
        [[deleted.tenant, String(deleted.objects)]],
        stdout,
      ),
  });
  return ExitStatus.ok;
}

/** Makes the user type the name again. */
async function confirm(session: Session, name: string): Promise<void> {
  if (!session.isInteractive) throw usage("There is no terminal to confirm on: pass --yes");
  const { input } = await import("@inquirer/prompts");
  const context = { output: session.stderr.stream, signal: session.signal };
  const message = `All operations of ${name}, finished or not, will be deleted permanently. Type the name to confirm:`;
  const answer = await input({ message }, context);
  if (answer.trim() !== name) throw usage("The name does not match: nothing was deleted");
}
