import type { Command } from "commander";
import type { Status } from "./exit-status.ts";
import type { Session } from "./session.ts";

/** Act does a command with its arguments, each of a list by itself, and returns how to end. */
export type Act = (session: Session, args: string[], command: Command) => Promise<Status>;

/** Run makes an action of commander out of an Act. */
export type Run = (act: Act) => (...given: unknown[]) => Promise<void>;

/** Add adds one command to the program. */
export type Add = (program: Command, run: Run) => Command;
