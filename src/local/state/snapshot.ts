import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

/** wait is how long to wait for a database that another process opens or closes, in milliseconds. */
const wait = 10_000;

/** allPages copies a database in one transaction: concurrent writes are allowed, and are not in the copy. */
const allPages = 2 ** 31 - 1;

/**
 * snapshot copies a database as it is at one moment, including its log, while others write to it; page by page, so that
 * it is the same database. It checks the copy.
 *
 * @throws Error if the copy is damaged
 */
export async function snapshot(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
  const source = new DatabaseSync(from, { readOnly: true, timeout: wait });
  try {
    await backup(source, to, { rate: allPages });
  } finally {
    source.close();
  }
  await chmod(to, 0o600);
  checkDatabase(to);
}

/**
 * checkDatabase checks the integrity of a database that nobody writes to.
 *
 * @throws Error with what SQLite reports
 */
export function checkDatabase(file: string): void {
  const address = pathToFileURL(file);
  // Otherwise SQLite would create log files next to it.
  address.searchParams.set("immutable", "1");
  const database = new DatabaseSync(address, { readOnly: true });
  try {
    const found = database
      .prepare("PRAGMA integrity_check")
      .all()
      .map(({ integrity_check }) => integrity_check);
    if (found.length === 1 && found[0] === "ok") return;
    throw new Error(`The database ${file} is damaged: ${found.join("; ")}`);
  } finally {
    database.close();
  }
}
