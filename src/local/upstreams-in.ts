import { readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { projectRoot } from "./wrangler.ts";

/**
 * upstreamsIn returns the UPSTREAMS of variable files, unchanged; the last one wins. wrangler would expand each
 * `${NAME}` in it, to nothing if the secret is in a later line or in the environment.
 *
 * @param files by path from the project's root; a missing file has no variables
 */
export function upstreamsIn(files: readonly string[]): string | undefined {
  const found = files.map((file) => parseEnv(textOf(path.resolve(projectRoot, file))).UPSTREAMS);
  // Users who know about the expansion have written a backslash before each `$`.
  return found.findLast((text) => text !== undefined)?.replaceAll("\\$", "$");
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
