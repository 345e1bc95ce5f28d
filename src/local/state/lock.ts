import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/** lockName is the file of a state directory that the process that serves it holds. */
export const lockName = ".lock.sqlite";

/** restoringName is a file that stands in a state directory until a restore into it is complete. */
export const restoringName = ".restoring";

/** The lock of this process, which lasts as long as it is referred to. */
const held: DatabaseSync[] = [];

/**
 * lockState takes a state directory for this process alone, until the process ends in whatever way: two
 * workerds on one state would each answer from what it remembers. The lock is SQLite's own, which the
 * system lets go with the process.
 *
 * @throws Error if another process has it, or if a restore into it has not come to its end
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

/** SQLite's code for a lock that another process holds. Source: https://sqlite.org/rescode.html */
const busy = 5;
