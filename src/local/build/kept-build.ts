import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { filesUnder } from "./files-under.ts";

/** KeptBuildOptions say of what a build is made, and what it makes. */
export interface KeptBuildOptions {
  /** The file that keeps what was made last. */
  readonly file: string;
  /** The files and directories that it is made of; what is not there counts as empty. */
  readonly inputs: readonly string[];
  /** The files and directories that the build writes beside what it returns. */
  readonly outputs: readonly string[];
}

/**
 * keptBuild returns what `build` returned last, as long as the contents of its inputs and its outputs are
 * as they were then; else it builds anew. Any number may run at once. Where nothing can be kept, every
 * call builds.
 */
export async function keptBuild(
  { file, inputs, outputs }: KeptBuildOptions,
  build: () => Promise<string>,
): Promise<string> {
  const before = await digestOf(inputs);
  const text = await readFile(file, "utf8").catch(() => "");
  const [made, put] = text.slice(0, text.indexOf("\n")).split(" ");
  if (made === before && put === (await digestOf(outputs)))
    return text.slice(text.indexOf("\n") + 1);
  const fresh = await build();
  // A file that changed meanwhile may be in it or not.
  if ((await digestOf(inputs)) === before) {
    await keep(file, `${before} ${await digestOf(outputs)}\n${fresh}`).catch(() => undefined);
  }
  return fresh;
}

async function keep(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const fresh = `${file}.${randomUUID()}`;
  await writeFile(fresh, text);
  await rename(fresh, file);
}

async function digestOf(places: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const place of places) {
    for (const [name, content] of [...(await filesUnder(place))].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      hash.update(JSON.stringify([place, name, content.length])).update(content);
    }
  }
  return hash.digest("hex");
}
