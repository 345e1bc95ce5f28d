import type { Command } from "commander";
import type { Status } from "./exit-status.ts";
import type { Session } from "./session.ts";

/** Act does a command with its arguments, each of a list by itself, and returns how to end. */
export type Act = (session: Session, args: string[], command: Command) => Promise<Status>;

/**
 * Run makes an action of commander out of an Act, which is loaded when its command is run: what a
 * command needs (the client, tables, prompts) costs no other command its time to start.
 */
export type Run = (load: () => Promise<Act>) => (...given: unknown[]) => Promise<void>;

/** Add adds one command to the program. */
export type Add = (program: Command, run: Run) => Command;
