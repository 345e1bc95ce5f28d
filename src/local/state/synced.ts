import { mkdir, open, readdir } from "node:fs/promises";
import path from "node:path";

/** syncFile has the disk take a file, and returns its size. */
export async function syncFile(file: string): Promise<number> {
  const handle = await open(file, "r");
  try {
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/**
 * syncDirectory has the disk take which names a directory has: a file that was synced may still be gone after a
 * power cut, with its name. Source: fsync(2).
 */
export async function syncDirectory(directory: string): Promise<void> {
  await syncFile(directory);
}

/** syncDirectories does so for a directory and all below it. */
export async function syncDirectories(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory());
  for (const { parentPath, name } of below) await syncDirectory(path.join(parentPath, name));
  await syncDirectory(directory);
}

/** makeDirectory makes a directory with those above it, and has the disk take their names. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = path.dirname(path.resolve(first));
  for (let made = path.resolve(directory); made !== top; made = path.dirname(made)) {
    await syncDirectory(path.dirname(made));
  }
}
