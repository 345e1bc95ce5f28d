import { chmod, mkdir } from "node:fs/promises";

/**
 * keepPrivate makes `directory`, and everything that this process and its children write from now on, accessible only
 * to the owner: directories 0700, files 0600. It contains what clients have sent and received.
 */
export async function keepPrivate(directory: string): Promise<void> {
  process.umask(0o077);
  await mkdir(directory, { recursive: true });
  // An existing directory keeps its mode, which may let everybody in.
  await chmod(directory, 0o700);
}
