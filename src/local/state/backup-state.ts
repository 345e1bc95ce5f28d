import { copyFile, mkdir, mkdtemp, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { packageVersion } from "../../base/version.ts";
import { namesUnder } from "../build/files-under.ts";
import { type Alarm, addAlarms, alarmOf } from "./alarms.ts";
import { manifestName, stateFiles } from "./database-files.ts";
import { snapshot } from "./snapshot.ts";
import { makeDirectory, syncDirectories, syncDirectory, syncFile } from "./synced.ts";

/** Backup is the description of a backup, in `backup.json`. */
export interface Backup {
  /** The version of the package that made it. */
  readonly version: string;
  /** When it began, RFC 3339: everything acknowledged before is included. */
  readonly startedAt: string;
  readonly objects: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * backupState copies a state directory, even while it is served, to a directory that does not exist yet: all of it or
 * nothing. The copy of each object is from one moment after the start, so everything that was acknowledged before is
 * included. Buckets are copied after the objects that refer to them.
 *
 * @throws Error if there is no state, the target exists, or a copy is damaged
 */
export async function backupState(state: string, to: string, now = Date.now()): Promise<Backup> {
  const first = await stateFiles(state);
  if (first.objects.length === 0) throw new Error(`There is no state in ${state}`);
  if (await isThere(to)) throw new Error(`Cannot write ${to}: it already exists`);
  const folder = path.dirname(to);
  const within = new Error(
    `Cannot write ${to}: it is inside the state directory, and would be part of each backup`,
  );
  if (isWithin(state, folder)) throw within;
  await makeDirectory(folder);
  if (isWithin(await realpath(state), await realpath(folder))) throw within;
  // A new directory each time: files left from an interrupted backup may have been removed from the state since.
  const draft = await mkdtemp(`${to}.part-`);
  try {
    // Before the rest, since objects that are copied next may still refer to files that are removed meanwhile.
    await copyPlain(state, draft, first.plain);
    await copyDatabases(state, draft, first.objects, first.alarms);
    for (const name of (await stateFiles(state)).others) await copyDatabase(state, draft, name);
    await copyPlain(state, draft, (await stateFiles(state)).plain);
    const names = await namesUnder(draft);
    const sizes = await Promise.all(names.map((name) => syncFile(path.join(draft, name))));
    const made: Backup = {
      version: packageVersion,
      startedAt: new Date(now).toISOString(),
      objects: first.objects.length,
      files: names.length,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    };
    const manifest = path.join(draft, manifestName);
    await writeFile(manifest, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 });
    await syncFile(manifest);
    await syncDirectories(draft);
    await rename(draft, to);
    await syncDirectory(folder);
    return made;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function copyDatabases(
  state: string,
  draft: string,
  objects: readonly string[],
  alarms: readonly string[],
): Promise<void> {
  const kept = new Map<string, Alarm[]>(alarms.map((name) => [name, []]));
  for (const name of objects) {
    const ofClass = path.join(path.dirname(name), "metadata.sqlite");
    const keepAlarm = () => {
      const id = path.basename(name, ".sqlite");
      const alarm = kept.has(ofClass) ? alarmOf(path.join(state, ofClass), id) : undefined;
      if (alarm) kept.get(ofClass)?.push(alarm);
    };
    // The alarm at the moment of the copy is one of these: an alarm is removed after it has fired.
    keepAlarm();
    await copyDatabase(state, draft, name);
    keepAlarm();
  }
  for (const [name, rows] of kept) {
    await copyDatabase(state, draft, name);
    addAlarms(path.join(draft, name), rows);
  }
}

function copyDatabase(state: string, draft: string, name: string): Promise<void> {
  return snapshot(path.join(state, name), path.join(draft, name));
}

/** Copies files that are not there yet; those removed meanwhile are left out. */
async function copyPlain(state: string, draft: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const target = path.join(draft, name);
    if (await isThere(target)) continue;
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(path.join(state, name), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

function isWithin(directory: string, other: string): boolean {
  const [first] = path.relative(directory, other).split(path.sep);
  return first !== ".." && !path.isAbsolute(path.relative(directory, other));
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
