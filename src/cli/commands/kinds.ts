import { ExitStatus, type Status } from "../exit-status.ts";
import { table } from "../output/table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";

/** addKinds is `kubecfg kinds`. */
export const addKinds: Add = (program, run) =>
  program
    .command("kinds")
    .description("list what can be done; -o json shows the schemas of the inputs")
    .action(run(kinds));

async function kinds(session: Session): Promise<Status> {
  const { signal, printer, stdout } = session;
  const found = await (await session.client()).kinds({ signal });
  const columns = [{ title: "KIND" }, { title: "ENGINE" }, { title: "DESCRIPTION", shrinks: true }];
  await printer.print({
    value: { kinds: found },
    ids: found.map(({ kind }) => kind),
    table: () =>
      table(
        columns,
        found.map(({ kind, engine, description }) => [kind, engine, description]),
        stdout,
      ),
  });
  return ExitStatus.ok;
}
