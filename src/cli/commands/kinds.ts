import { ExitStatus, type Status } from "../exit-status.ts";
import { printedKinds } from "../output/kind-table.ts";
import type { Session } from "../session.ts";

/** kinds is `kubecfg kinds`. */
export async function kinds(session: Session): Promise<Status> {
  const { signal, printer, stdout } = session;
  const found = await (await session.client()).kinds({ signal });
  await printer.print(printedKinds(found, stdout));
  return ExitStatus.ok;
}
