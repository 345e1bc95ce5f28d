import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { namesUnder } from "../build/files-under.ts";
import { keepPrivate } from "../private-files.ts";
import type { Backup } from "./backup-state.ts";
import { manifestName } from "./database-files.ts";
import { lockName, lockState, restoringName } from "./lock.ts";
import { giveToOwner } from "./owner.ts";
import { checkDatabase } from "./snapshot.ts";
import { makeDirectory, syncDirectories, syncDirectory, syncFile } from "./synced.ts";

/**
 * restoreState creates a state directory from a backup. The directory must not exist yet, or be empty, such as a mount.
 * It cannot be served until it is complete. Files restored by root belong to the directory's owner.
 *
 * @throws Error if the backup is incomplete, the directory is in use, or a copy is damaged
 */
export async function restoreState(from: string, state: string): Promise<Backup> {
  const made = await manifestOf(from);
  const names = (await namesUnder(from)).filter((name) => name !== manifestName);
  if (names.length !== made.files) {
    throw new Error(
      `${from} is not a complete backup: it has ${names.length} of ${made.files} files`,
    );
  }
  await makeDirectory(state);
  await keepPrivate(state);
  // An earlier try, or a server without operations, leaves only the lock.
  const there = (await readdir(state)).filter(
    (name) => name !== "lost+found" && !name.startsWith(lockName),
  );
  if (there.length > 0) throw new Error(`Cannot restore into ${state}: it is not empty`);
  lockState(state);
  const mark = path.join(state, restoringName);
  await writeFile(mark, "");
  // Before anything else: a state that is incomplete after a power failure must not be served.
  await syncFile(mark);
  await syncDirectory(state);
  for (const name of names) {
    const target = path.join(state, name);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(path.join(from, name), target);
    await chmod(target, 0o600);
    if (name.endsWith(".sqlite")) checkDatabase(target);
  }
  await giveToOwner(state);
  for (const name of names) await syncFile(path.join(state, name));
  await syncDirectories(state);
  await rm(mark);
  await syncDirectory(state);
  return made;
}

async function manifestOf(from: string): Promise<Backup> {
  try {
    return JSON.parse(await readFile(path.join(from, manifestName), "utf8"));
  } catch (error) {
    throw new Error(`${from} is not a complete backup: it has no readable ${manifestName}`, {
      cause: error,
    });
  }
}
