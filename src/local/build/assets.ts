import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { projectRoot } from "../wrangler.ts";
import { buildDashboard } from "./dashboard.ts";
import { buildDocs } from "./docs.ts";

/** Files are what is served, by its path below the directory of assets. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** assetsDirectory is what wrangler.toml names as the directory of assets; it is not committed. */
export const assetsDirectory = path.join(projectRoot, "dist/assets");

/**
 * buildAssets makes the directory of assets hold the files of assets/, the built dashboard and what
 * the page of the API needs, and nothing else. Any number may run at once, and beside a server that reads: a file is replaced as a
 * whole, and only where it has changed. Rejects with the bundler's words where the dashboard does
 * not build; what was there stays.
 */
export async function buildAssets(): Promise<void> {
  const files: Files = new Map([
    ...(await filesUnder(path.join(projectRoot, "assets"))),
    ...(await buildDashboard()),
    ...(await buildDocs()),
  ]);
  await Promise.all([...files].map(([name, content]) => put(name, content)));
  for (const [name] of await filesUnder(assetsDirectory)) {
    if (!files.has(name) && !isBeingWritten(name)) await rm(path.join(assetsDirectory, name));
  }
}

async function put(name: string, content: Uint8Array): Promise<void> {
  const file = path.join(assetsDirectory, name);
  const present = await readFile(file).catch(() => undefined);
  if (present && digest(present) === digest(content)) return;
  const fresh = `${file}.${process.pid}.new`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(fresh, content);
  await rename(fresh, file);
}

function isBeingWritten(name: string): boolean {
  return name.endsWith(".new");
}

async function filesUnder(directory: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async (entry): Promise<[string, Uint8Array]> => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(directory, file), await readFile(file)];
      }),
    ),
  );
}

function digest(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
