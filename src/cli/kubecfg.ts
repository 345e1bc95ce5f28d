#!/usr/bin/env node
import type { Command } from "commander";
import { ExitStatus, type Status } from "./exit-status.ts";
import { toldOf } from "./failures.ts";
import { plainText } from "./output/plain-text.ts";
import { programOf } from "./program.ts";
import { Session } from "./session.ts";
import { globalOptionsOf } from "./settings/global-options.ts";
import { interruption } from "./stops.ts";

// Whoever reads the output may stop reading (`| head`): then there is nobody to tell.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    process.exit(isBrokenPipe(error) ? ExitStatus.ok : ExitStatus.failed);
  });
}

function isBrokenPipe(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "EPIPE";
}

let status: Status = ExitStatus.ok;
let session: Session | undefined;
try {
  const program = programOf((act) => async (...given) => {
    // commander gives the arguments, the options and, last, the command.
    const command = given.at(-1) as Command;
    const options = globalOptionsOf(command);
    session = new Session({ options, process, interrupted: interruption() });
    status = await act(session, command.args, command);
  });
  await program.parseAsync();
} catch (thrown) {
  if (isBrokenPipe(thrown)) process.exit(ExitStatus.ok);
  const told = toldOf(thrown, session?.asked);
  status = told.status;
  if (told.message !== "") process.stderr.write(`kubecfg: ${plainText(told.message)}\n`);
}
// What is still open (a connection kept alive, standard input) is not waited for.
process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
