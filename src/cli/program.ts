import { Command } from "commander";
import { packageVersion } from "../base/version.ts";
import { addCancel } from "./commands/cancel.ts";
import { addCreate } from "./commands/create.ts";
import { addDelete } from "./commands/delete.ts";
import { addDescribe } from "./commands/describe.ts";
import { addExplain } from "./commands/explain.ts";
import { addGet } from "./commands/get.ts";
import { addInput } from "./commands/input.ts";
import { addKinds } from "./commands/kinds.ts";
import { addList } from "./commands/list.ts";
import { addLogs } from "./commands/logs.ts";
import { addOutput } from "./commands/output.ts";
import { addCompletion } from "./commands/own/completion.ts";
import { addLogin } from "./commands/own/login.ts";
import { addLogout } from "./commands/own/logout.ts";
import { addToken } from "./commands/own/token.ts";
import { addVersion } from "./commands/own/version.ts";
import { addPause, addResume } from "./commands/pause.ts";
import { addProxy } from "./commands/proxy.ts";
import { addRerun } from "./commands/rerun.ts";
import { addResult } from "./commands/result.ts";
import { addStats } from "./commands/stats.ts";
import { addWait } from "./commands/wait.ts";
import { addWatch } from "./commands/watch.ts";
import { misuseOf } from "./failures.ts";
import type { Add, Run } from "./run.ts";
import { addGlobalOptions } from "./settings/global-options.ts";

const adds: readonly Add[] = [
  addCreate,
  addList,
  addGet,
  addDescribe,
  addLogs,
  addResult,
  addOutput,
  addWait,
  addWatch,
  addInput,
  addRerun,
  addCancel,
  addDelete,
  addKinds,
  addExplain,
  addPause,
  addResume,
  addStats,
  addToken,
  addProxy,
  addLogin,
  addLogout,
  addVersion,
];

const ends = `
Exit status: 0; 1 the operation failed, was canceled or is not there; 2 usage; 3 the service was
not reached or does not allow it; 4 timed out, or not finished yet; 130 interrupted.

Host and token: the option, else KUBECFG_HOST and KUBECFG_TOKEN, else the login saved with
kubecfg login. Anybody on this machine can see a --token TOKEN in the list of processes.`;

/** programOf is kubecfg's command line; `run` runs what it names. */
export function programOf(run: Run): Command {
  const program = new Command("kubecfg")
    .description("Durable operations: start them, watch them, wait for them, read their results.")
    // What is wrong is told in one line where everything is told.
    .configureOutput({ outputError: () => undefined })
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText("after", ends);
  addGlobalOptions(program);
  program.version(packageVersion, "--version", "say which kubecfg this is");
  for (const add of adds) addGlobally(add(program, run));
  // Last: it completes all that there is.
  addCompletion(program, run);
  throwFrom(program, program.name());
  return program;
}

/** Makes a command and those below it throw what is wrong, with the help that tells how it is right. */
function throwFrom(command: Command, name: string): void {
  command.exitOverride((error) => {
    throw misuseOf(error, name);
  });
  for (const below of command.commands) throwFrom(below, `${name} ${below.name()}`);
}

function addGlobally(command: Command): void {
  const leaves = command.commands.length === 0 ? [command] : command.commands;
  for (const leaf of leaves)
    addGlobalOptions(leaf, { hasOutput: !["result", "output"].includes(leaf.name()) });
}
