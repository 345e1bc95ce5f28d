import type { Command } from "commander";
import type { Status } from "./exit-status.ts";
import type { Session } from "./session.ts";

/** Act runs a command with its arguments, each item of a list separately, and returns the exit status. */
export type Act = (session: Session, args: string[], command: Command) => Promise<Status>;

/**
 * Run makes a commander action of an Act, which is loaded when its command runs: what a command needs (the client,
 * tables, prompts) does not slow the start of others.
 */
export type Run = (load: () => Promise<Act>) => (...given: unknown[]) => Promise<void>;

/** Add adds one command to the program. */
export type Add = (program: Command, run: Run) => Command;
