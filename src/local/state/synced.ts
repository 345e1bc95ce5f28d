import { mkdir, open, readdir } from "node:fs/promises";
import path from "node:path";

/** syncFile flushes a file to disk, and returns its size. */
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
 * syncDirectory flushes the names in a directory to disk: otherwise a file that was flushed may still disappear in a
 * power failure, with its name. Source: fsync(2).
 */
export async function syncDirectory(directory: string): Promise<void> {
  await syncFile(directory);
}

/** syncDirectories does the same for a directory and all below it. */
export async function syncDirectories(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory());
  for (const { parentPath, name } of below) await syncDirectory(path.join(parentPath, name));
  await syncDirectory(directory);
}

/** makeDirectory creates a directory and its parents, and flushes their names to disk. */
export async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = path.dirname(path.resolve(first));
  for (let made = path.resolve(directory); made !== top; made = path.dirname(made)) {
    await syncDirectory(path.dirname(made));
  }
}
