import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/**
 * filesUnder returns the contents of the files below a directory, by their relative paths; for a file, that file with
 * an empty path. Missing files, or those removed meanwhile, are left out.
 */
export async function filesUnder(place: string): Promise<Map<string, Uint8Array>> {
  const names = await namesUnder(place);
  const read = names.map(async (name) => [name, await contentOf(path.join(place, name))] as const);
  return new Map(
    (await Promise.all(read)).flatMap(([name, content]) => (content ? [[name, content]] : [])),
  );
}

/** namesUnder returns the paths of those files. */
export async function namesUnder(place: string): Promise<string[]> {
  try {
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => path.relative(place, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") return [""];
    if (code === "ENOENT") return [];
    throw error;
  }
}

async function contentOf(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
