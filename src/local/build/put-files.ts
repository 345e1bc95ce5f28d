import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { namesUnder } from "./files-under.ts";

/**
 * putFiles makes a directory contain exactly these files. Any number may run at once, and next to readers: each file is
 * replaced as a whole, and only if it has changed.
 *
 * @param files by their paths from the directory
 * @param isOwn which existing files may be removed; all by default
 */
export async function putFiles(
  directory: string,
  files: ReadonlyMap<string, Uint8Array>,
  isOwn: (name: string) => boolean = () => true,
): Promise<void> {
  await Promise.all([...files].map(([name, content]) => put(path.join(directory, name), content)));
  for (const name of await namesUnder(directory)) {
    if (!files.has(name) && isOwn(name) && !isBeingWritten(name)) {
      await rm(path.join(directory, name), { force: true });
    }
  }
}

async function put(file: string, content: Uint8Array): Promise<void> {
  const present = await readFile(file).catch(() => undefined);
  if (present?.equals(content)) return;
  const fresh = `${file}.${process.pid}.new`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(fresh, content);
  await rename(fresh, file);
}

function isBeingWritten(name: string): boolean {
  return name.endsWith(".new");
}
