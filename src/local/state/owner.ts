import { lchown, readdir, stat } from "node:fs/promises";
import path from "node:path";

/**
 * giveToOwner gives all that is in a directory to the user and the group that the directory belongs to, if this
 * process is root's: what root restores is served by a user who has nothing else.
 */
export async function giveToOwner(directory: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(directory);
  for (const name of await readdir(directory, { recursive: true })) {
    await lchown(path.join(directory, name), uid, gid);
  }
}
