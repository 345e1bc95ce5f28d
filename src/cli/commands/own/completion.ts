import root from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { statuses } from "../../../core/operation/operation.ts";
import { bashCompletion } from "../../bash-completion.ts";
import { ExitStatus, type Status, usage } from "../../exit-status.ts";
import { formats } from "../../output/printer.ts";
import type { Run } from "../../run.ts";
import type { Session } from "../../session.ts";
import { scopes } from "./token.ts";

/** values are what options take that take one of a few words, by their names. */
const values: Readonly<Record<string, readonly string[]>> = {
  output: formats.map((format) => format.replace(/TEMPLATE$/, "")),
  status: statuses,
  scope: scopes,
  order: ["asc", "desc"],
};

/** shells are those that there is a script for, as a text. */
const shells = "bash, zsh, fish or powershell";

/**
 * addCompletion is `kubecfg completion SHELL`, and the hidden `kubecfg complete -- WORD…` that its
 * scripts ask. It completes the commands that the program has by now.
 */
export function addCompletion(program: Command, run: Run): void {
  const completed = tab(program, { completionCommandName: "completion" });
  for (const [path, command] of completed.commands) {
    for (const [name, option] of command.options) {
      // The -o of result is a file.
      const words = path === "result" && name === "output" ? undefined : values[name];
      if (!words) continue;
      option.handler = (complete) => {
        for (const word of words) complete(word, "");
      };
    }
  }
  const command = program.commands.find((one) => one.name() === "completion");
  command
    ?.description(`write a script that completes kubecfg's command line: ${shells}`)
    .action(run(completion));
  // What is none of them is told below, and not in commander's words.
  for (const shell of command?.registeredArguments ?? []) shell.argParser((text) => text);
}

async function completion({ stdout }: Session, [shell = ""]: string[]): Promise<Status> {
  if (shell === "bash") await stdout.write(bashCompletion);
  else if (/^(zsh|fish|powershell)$/.test(shell)) root.setup("kubecfg", "kubecfg", shell);
  else throw usage(`Cannot complete for ${JSON.stringify(shell)}: want ${shells}`);
  return ExitStatus.ok;
}
