import { chmod, mkdir } from "node:fs/promises";

/**
 * keepPrivate makes `directory`, with all that this process and those that it starts write from now
 * on, the owner's alone: directories 0700, files 0600. What is inside is what clients sent and got.
 */
export async function keepPrivate(directory: string): Promise<void> {
  process.umask(0o077);
  await mkdir(directory, { recursive: true });
  // One that was there keeps its mode, and with it everybody's way to what is inside.
  await chmod(directory, 0o700);
}
