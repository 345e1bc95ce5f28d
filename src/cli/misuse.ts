import { CommanderError } from "commander";
import { CommandFailure, ExitStatus, type Status, usage } from "./exit-status.ts";

/** Told is what the user sees of a failure: a line, and the exit status. */
export interface Told {
  readonly status: Status;
  /** One line: what is wrong and what to do next; empty if everything has been said. */
  readonly message: string;
}

/** ownTold returns the line and status of an error that kubecfg itself throws; undefined for any other. */
export function ownTold(thrown: unknown): Told | undefined {
  if (thrown instanceof CommandFailure) return { status: thrown.status, message: thrown.message };
  // Errors with a message are thrown as misuseOf returns them; what remains is help, and successful ends.
  if (!(thrown instanceof CommanderError)) return undefined;
  return { status: thrown.exitCode === 0 ? ExitStatus.ok : ExitStatus.usage, message: "" };
}

/**
 * misuseOf returns what to throw for one of commander's errors.
 *
 * @param name of the command that was misunderstood, with its parents: `kubecfg token new`
 */
export function misuseOf(error: CommanderError, name: string): CommanderError | CommandFailure {
  // Help has been written in place of a message.
  if (error.exitCode === 0 || error.code === "commander.help") return error;
  const line = error.message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.$/, "");
  return usage(`${line}; see ${name} --help`);
}
