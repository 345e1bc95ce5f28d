import { ExitStatus, type Status } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Add } from "../../run.ts";
import type { Session } from "../../session.ts";
import { loginPath, removeLogin } from "../../settings/saved-login.ts";

/** addLogout is `kubecfg logout`. */
export const addLogout: Add = (program, run) =>
  program.command("logout").description("forget the saved login").action(run(logout));

async function logout({ printer, stdout }: Session): Promise<Status> {
  const file = loginPath();
  const removed = await removeLogin();
  await printer.print({
    value: { file, removed },
    ids: removed ? [file] : [],
    table: () =>
      table([{ title: "REMOVED" }, { title: "FILE" }], [[removed ? "yes" : "no", file]], stdout),
  });
  return ExitStatus.ok;
}
