import { Command } from "commander";
import { packageVersion } from "../base/version.ts";
import { addCancel, addCreate, addDelete, addInput, addRerun } from "./grammar/acting.ts";
import {
  addDeliveries,
  addOpen,
  addRedeliver,
  addTicket,
  addWebhookSecret,
} from "./grammar/beside.ts";
import { addConfig } from "./grammar/config.ts";
import { addExplain, addKinds, addPause, addResume, addStats } from "./grammar/kinds.ts";
import { addDeleteTenant, addExport, addImport } from "./grammar/moving.ts";
import {
  addComplete,
  addCompletion,
  addLogin,
  addLogout,
  addProxy,
  addToken,
  addVersion,
} from "./grammar/own.ts";
import {
  addDescribe,
  addGet,
  addList,
  addLogs,
  addOutput,
  addResult,
  addWait,
  addWatch,
} from "./grammar/reading.ts";
import { misuseOf } from "./misuse.ts";
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
  addExport,
  addImport,
  addDeleteTenant,
  addOpen,
  addDeliveries,
  addRedeliver,
  addTicket,
  addWebhookSecret,
  addToken,
  addProxy,
  addLogin,
  addLogout,
  addConfig,
  addVersion,
  addCompletion,
  addComplete,
];

const ends = `
Exit status: 0; 1 the operation failed, was canceled or is not there; 2 usage; 3 the service was
not reached or does not allow it; 4 timed out, or not finished yet; 130 interrupted.

Host and token: the option, else KUBECFG_HOST and KUBECFG_TOKEN, else the login saved with
kubecfg login. Anyone on this machine can see a --token TOKEN in the process list.`;

/** programOf returns kubecfg's command line; `run` runs what it names. */
export function programOf(run: Run): Command {
  const program = new Command("kubecfg")
    .description("Durable operations: start them, watch them, wait for them, read their results.")
    // Errors are written as one line, in one place.
    .configureOutput({ outputError: () => undefined })
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText("after", ends);
  addGlobalOptions(program);
  program.version(packageVersion, "--version", "print the version of kubecfg");
  for (const add of adds) addGlobally(add(program, run));
  throwFrom(program, program.name());
  return program;
}

/** Makes a command and its subcommands throw errors, with help on the correct usage. */
function throwFrom(command: Command, name: string): void {
  command.exitOverride((error) => {
    throw misuseOf(error, name);
  });
  for (const below of command.commands) throwFrom(below, `${name} ${below.name()}`);
}

function addGlobally(command: Command): void {
  const leaves = command.commands.length === 0 ? [command] : command.commands;
  for (const leaf of leaves)
    addGlobalOptions(leaf, { hasOutput: !["result", "output", "export"].includes(leaf.name()) });
}
