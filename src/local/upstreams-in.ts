import { readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { projectRoot } from "./wrangler.ts";

/**
 * upstreamsIn returns the UPSTREAMS of files of variables, as it stands there; the last one wins.
 * wrangler would put something else in the place of each `${NAME}` in it, and nothing where the
 * secret stands in a later line or in the environment.
 *
 * @param files by path from the project's root; one that is not there has no variables
 */
export function upstreamsIn(files: readonly string[]): string | undefined {
  const found = files.map((file) => parseEnv(textOf(path.resolve(projectRoot, file))).UPSTREAMS);
  // Whoever knows of that has written a backslash before each `$`.
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
