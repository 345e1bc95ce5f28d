import type { Command } from "commander";
import { ExitStatus, type Status } from "./exit-status.ts";
import { ownTold } from "./misuse.ts";
import { formatOf } from "./output/format.ts";
import { plainText } from "./output/plain-text.ts";
import { programOf } from "./program.ts";
import type { Session } from "./session.ts";
import { globalOptionsOf } from "./settings/global-options.ts";
import { interruption } from "./stops.ts";

// The reader of the output may stop reading (`| head`); then there is nobody to write to.
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
  const program = programOf((load) => async (...given) => {
    // commander passes the arguments, the options and, last, the command.
    const command = given.at(-1) as Command;
    const options = globalOptionsOf(command);
    const interrupted = interruption();
    const [loaded, act, format] = await Promise.all([
      import("./session.ts"),
      load(),
      formatOf(options.output),
    ]);
    // --timeout counts from here on, not while all this is loaded.
    session = new loaded.Session({ options, format, process, interrupted });
    status = await act(session, command.args, command);
  });
  await program.parseAsync();
} catch (thrown) {
  if (isBrokenPipe(thrown)) process.exit(ExitStatus.ok);
  const told = ownTold(thrown) ?? (await import("./failures.ts")).toldOf(thrown, session?.asked);
  status = told.status;
  if (told.message !== "") process.stderr.write(`kubecfg: ${plainText(told.message)}\n`);
}
// What is still open (a kept-alive connection, standard input) is not waited for.
process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
