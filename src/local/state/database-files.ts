import path from "node:path";
import { namesUnder } from "../build/files-under.ts";
import { lockName, restoringName } from "./lock.ts";

/** StateFiles are the files of a state directory, by their paths in it. */
export interface StateFiles {
  /** The databases of the objects. */
  readonly objects: readonly string[];
  /** For each class of objects the database of their alarms. */
  readonly alarms: readonly string[];
  /** Any other database, such as that of a bucket. */
  readonly others: readonly string[];
  /** What is no database, such as the contents of a bucket; it is written once and then only removed. */
  readonly plain: readonly string[];
}

/** manifestName is the file in which a backup says what it is. */
export const manifestName = "backup.json";

/** stateFiles lists what a state directory keeps, without what belongs to a process or is a cache. */
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

/** What SQLite keeps beside a database while it is open. */
function isBeside(name: string): boolean {
  return /(?:\.sqlite-(?:wal|shm|journal)|^\.lock\.sqlite.*)$/.test(name);
}
