import { ExitStatus, type Status } from "../exit-status.ts";
import { printedKind } from "../output/kind-table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";

/** addPause is `kubecfg pause KIND`. */
export const addPause: Add = (program, run) =>
  program
    .command("pause")
    .description(
      "start nothing more of a kind until it is resumed; needs a token with the scope admin",
    )
    .argument("<kind>", "which; what is under way goes on, and what is created waits")
    .action(run(pause));

/** addResume is `kubecfg resume KIND`. */
export const addResume: Add = (program, run) =>
  program
    .command("resume")
    .description("let a kind go on that was paused; needs a token with the scope admin")
    .argument("<kind>", "which")
    .action(run(resume));

async function pause(session: Session, [kind = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const client = await session.client();
  await printer.print(printedKind(await client.pauseKind(kind, { signal }), stdout));
  return ExitStatus.ok;
}

async function resume(session: Session, [kind = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const client = await session.client();
  await printer.print(printedKind(await client.resumeKind(kind, { signal }), stdout));
  return ExitStatus.ok;
}
