import { packageVersion as kubecfg } from "../../base/version.ts";
import { ExitStatus, type Status } from "../exit-status.ts";
import { table } from "../output/table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";

/** addVersion is `kubecfg version`. */
export const addVersion: Add = (program, run) =>
  program
    .command("version")
    .description("say which kubecfg this is, and what runs it")
    .action(run(version));

async function version({ printer, stdout }: Session): Promise<Status> {
  const node = process.versions.node;
  await printer.print({
    value: { kubecfg, node },
    ids: [kubecfg],
    table: () => table([{ title: "KUBECFG" }, { title: "NODE" }], [[kubecfg, node]], stdout),
  });
  return ExitStatus.ok;
}
