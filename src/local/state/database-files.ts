import path from "node:path";
import { namesUnder } from "../build/files-under.ts";
import { lockName, restoringName } from "./lock.ts";

/** StateFiles are the files of a state directory, by their paths in it. */
export interface StateFiles {
  /** The databases of the objects. */
  readonly objects: readonly string[];
  /** The database of alarms for each class of objects. */
  readonly alarms: readonly string[];
  /** Other databases, such as that of a bucket. */
  readonly others: readonly string[];
  /** Other files, such as the contents of a bucket; they are written once, and then only removed. */
  readonly plain: readonly string[];
}

/** manifestName is the file that describes a backup. */
export const manifestName = "backup.json";

/** stateFiles lists the files of a state directory, without caches and files of a running process. */
export async function stateFiles(directory: string): Promise<StateFiles> {
  const own = new Set([lockName, restoringName, manifestName]);
  const names = (await namesUnder(directory)).filter(
    (name) => name !== "" && !own.has(name) && !/^cache[\\/]/.test(name) && !isBeside(name),
  );
  const databases = names.filter((name) => name.endsWith(".sqlite")).sort();
  const ofObjects = databases.filter((name) => /^do[\\/]/.test(name));
  const isAlarms = (name: string) => path.basename(name) === "metadata.sqlite";
  return {
    objects: ofObjects.filter((name) => !isAlarms(name)),
    alarms: ofObjects.filter(isAlarms),
    others: databases.filter((name) => !ofObjects.includes(name)),
    plain: names.filter((name) => !name.endsWith(".sqlite")),
  };
}

/** The files that SQLite has next to an open database. */
function isBeside(name: string): boolean {
  return /(?:\.sqlite-(?:wal|shm|journal)|^\.lock\.sqlite.*)$/.test(name);
}
