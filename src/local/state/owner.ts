import { lchown, readdir, stat } from "node:fs/promises";
import path from "node:path";

/**
 * giveToOwner gives everything in a directory to the directory's user and group, if this process runs as root: the
 * service that uses a restored directory usually runs as another user.
 */
export async function giveToOwner(directory: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(directory);
  for (const name of await readdir(directory, { recursive: true })) {
    await lchown(path.join(directory, name), uid, gid);
  }
}
