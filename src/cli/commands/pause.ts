import { ExitStatus, type Status } from "../exit-status.ts";
import { printedKind } from "../output/kind-table.ts";
import type { Session } from "../session.ts";

/** pause is `kubecfg pause`. */
export async function pause(session: Session, [kind = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const client = await session.client();
  await printer.print(printedKind(await client.pauseKind(kind, { signal }), stdout));
  return ExitStatus.ok;
}

/** resume is `kubecfg resume`. */
export async function resume(session: Session, [kind = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const client = await session.client();
  await printer.print(printedKind(await client.resumeKind(kind, { signal }), stdout));
  return ExitStatus.ok;
}
