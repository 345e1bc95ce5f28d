import type { Command } from "commander";
import { bashCompletion } from "../../completion/bash.ts";
import { shells } from "../../completion/candidates.ts";
import { completionOf } from "../../completion/complete.ts";
import { ExitStatus, type Status, usage } from "../../exit-status.ts";
import type { Session } from "../../session.ts";

/** completion is `kubecfg completion SHELL`. */
export async function completion({ stdout }: Session, [shell = ""]: string[]): Promise<Status> {
  if (!shells.some((one) => one === shell)) {
    throw usage(
      `Unsupported shell ${JSON.stringify(shell)}: must be bash, zsh, fish or powershell`,
    );
  }
  if (shell === "bash") await stdout.write(bashCompletion);
  else (await import("@bomb.sh/tab")).default.setup("kubecfg", "kubecfg", shell);
  return ExitStatus.ok;
}

/** complete is `kubecfg complete -- WORD…`, which the completion scripts call. */
export async function complete(
  session: Session,
  words: string[],
  command: Command,
): Promise<Status> {
  const program = command.parent;
  if (program) await session.stdout.line(await completionOf(program, words, session));
  return ExitStatus.ok;
}
