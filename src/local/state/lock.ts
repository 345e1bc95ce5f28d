import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/** lockName is the file of a state directory that the serving process locks. */
export const lockName = ".lock.sqlite";

/** restoringName is a file that exists in a state directory until a restore into it is complete. */
export const restoringName = ".restoring";

/** The lock of this process, which is held as long as it is referenced. */
const held: DatabaseSync[] = [];

/**
 * lockState locks a state directory for this process, until the process ends in any way: two workerds with the same
 * state would each serve from their own memory. It is SQLite's own lock, which the system releases with the process.
 *
 * @throws Error if another process has it, or if a restore into it was interrupted
 */
export function lockState(directory: string): void {
  if (existsSync(path.join(directory, restoringName))) {
    throw new Error(
      `Cannot use ${directory}: a restore into it was interrupted. Empty it, and restore again`,
    );
  }
  const database = new DatabaseSync(path.join(directory, lockName));
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const isTaken = error instanceof Error && "errcode" in error && error.errcode === busy;
    if (!isTaken) throw error;
    throw new Error(`Cannot use ${directory}: another process is serving it`, { cause: error });
  }
  held.push(database);
}

/** SQLite's error code for a lock that another process holds. Source: https://sqlite.org/rescode.html */
const busy = 5;
