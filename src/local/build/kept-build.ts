import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { filesUnder } from "./files-under.ts";

/** KeptBuildOptions are the inputs and outputs of a build. */
export interface KeptBuildOptions {
  /** The file that stores the last build. */
  readonly file: string;
  /** The files and directories that it depends on; missing ones count as empty. */
  readonly inputs: readonly string[];
  /** The files and directories that the build writes, apart from what it returns. */
  readonly outputs: readonly string[];
}

/**
 * keptBuild returns what `build` returned last, as long as its inputs and outputs have the same contents; otherwise it
 * builds again. Any number may run at once. If nothing can be stored, every call builds.
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
  // A file that changed meanwhile may or may not be included.
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
