import type { Command } from "commander";
import { failed, ok } from "../../../base/result.ts";
import { packageVersion as kubecfg } from "../../../base/version.ts";
import { CommandFailure, ExitStatus, type Status } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";

/** What is known is printed even if the service does not respond; that is then the failure. */
/** version is `kubecfg version`. */
export async function version(session: Session, _: string[], command: Command): Promise<Status> {
  const { printer, stdout } = session;
  const { client: isAlone = false }: { readonly client?: boolean } = command.opts();
  const asked = isAlone ? ok(undefined) : await serverVersion(session).then(ok, failed<unknown>);
  const node = process.versions.node;
  const server = asked.ok ? asked.value : undefined;
  await printer.print({
    value: { kubecfg, node, ...(server !== undefined && { server }) },
    ids: [kubecfg],
    table: () =>
      table(
        [{ title: "KUBECFG" }, { title: "NODE" }, ...(server ? [{ title: "SERVER" }] : [])],
        [[kubecfg, node, ...(server ? [server] : [])]],
        stdout,
      ),
  });
  if (!asked.ok) throw asked.failure;
  return ExitStatus.ok;
}

/** The version of the service; undefined for a user who is not logged in. */
async function serverVersion(session: Session): Promise<string | undefined> {
  const client = await session.client().catch((thrown: unknown) => {
    const isLoggedOut =
      thrown instanceof CommandFailure && thrown.status === ExitStatus.unreachable;
    if (isLoggedOut) return undefined;
    throw thrown;
  });
  return client?.version({ signal: session.signal });
}
