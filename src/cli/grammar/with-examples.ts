import type { Command } from "commander";

/** Example is a line of a command's help: what it does, and the command line itself. */
export type Example = readonly [says: string, line: string];

/** withExamples appends examples to a command's help, in kubectl's format. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  const lines = examples.map(([says, line]) => `  # ${says}\n  ${line}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n\n")}`);
}
