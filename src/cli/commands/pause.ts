import { ExitStatus, type Status } from "../exit-status.ts";
import { ofKind } from "../known-kinds.ts";
import { printedKind } from "../output/kind-table.ts";
import type { Session } from "../session.ts";

/** pause is `kubecfg pause`. */
export async function pause(session: Session, [kind = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const client = await session.client();
  const stands = await ofKind(session, client, kind, () => client.pauseKind(kind, { signal }));
  await printer.print(printedKind(stands, stdout));
  return ExitStatus.ok;
}

/** resume is `kubecfg resume`. */
export async function resume(session: Session, [kind = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const client = await session.client();
  const stands = await ofKind(session, client, kind, () => client.resumeKind(kind, { signal }));
  await printer.print(printedKind(stands, stdout));
  return ExitStatus.ok;
}
