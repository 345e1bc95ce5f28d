import { CommanderError } from "commander";
import { CommandFailure, ExitStatus, type Status, usage } from "./exit-status.ts";

/** Told is what a failure says to the user: a line, and how kubecfg ends. */
export interface Told {
  readonly status: Status;
  /** One line, what is wrong and what to do next; empty where all has been said. */
  readonly message: string;
}

/** ownTold returns the line and status of what kubecfg itself throws; undefined for anything else. */
export function ownTold(thrown: unknown): Told | undefined {
  if (thrown instanceof CommandFailure) return { status: thrown.status, message: thrown.message };
  // What has a message is thrown as misuseOf says: help is left, and what ends well.
  if (!(thrown instanceof CommanderError)) return undefined;
  return { status: thrown.exitCode === 0 ? ExitStatus.ok : ExitStatus.usage, message: "" };
}

/**
 * misuseOf returns what to throw for an error of commander's.
 *
 * @param name of the command that was not understood, with those above it: `kubecfg token new`
 */
export function misuseOf(error: CommanderError, name: string): CommanderError | CommandFailure {
  // Help that was not asked for has been written instead of a message.
  if (error.exitCode === 0 || error.code === "commander.help") return error;
  const line = error.message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.$/, "");
  return usage(`${line}; see ${name} --help`);
}
