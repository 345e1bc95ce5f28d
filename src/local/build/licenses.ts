import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { projectRoot } from "../wrangler.ts";

/**
 * licensesOf returns the license texts of all packages that the files belong to, by name.
 *
 * @param inputs paths from the root of the project
 * @throws Error for a package with neither a license file nor a license name
 */
export async function licensesOf(inputs: readonly string[]): Promise<string> {
  const directories = new Set(inputs.map(packageDirectory).filter((found) => found !== undefined));
  const texts = await Promise.all([...directories].map(licenseIn));
  return `${[...new Set(texts)].sort().join(`\n${"-".repeat(80)}\n\n`)}`;
}

/** The directory of the package that a file belongs to; undefined for our own. */
function packageDirectory(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

async function licenseIn(directory: string): Promise<string> {
  const place = path.resolve(projectRoot, directory);
  const manifest = JSON.parse(await readFile(path.join(place, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(place)).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  const texts = await Promise.all(
    files.sort().map((name) => readFile(path.join(place, name), "utf8")),
  );
  if (texts.length === 0 && manifest.license === undefined) {
    throw new Error(`The package ${manifest.name} does not name its license`);
  }
  const heading = `${manifest.name} ${manifest.version} (${manifest.license ?? "see below"})`;
  return [heading, ...texts.map((text) => text.trim())].join("\n\n").concat("\n");
}
