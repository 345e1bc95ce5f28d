import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { errorOf } from "../../base/log.ts";
import { assetsDirectory, projectRoot, quiet, wranglerProgram } from "../wrangler.ts";
import { keptBuild } from "./kept-build.ts";

/** The files that the Worker is built from; installed packages are represented by npm's own list. */
const inputs = [
  "src",
  "assets",
  "wrangler.toml",
  "tsconfig.json",
  "package.json",
  "node_modules/.package-lock.json",
].map((name) => path.join(projectRoot, name));

const file = path.join(projectRoot, "node_modules/.cache/edge-operations/worker.js");

/**
 * buildWorker returns the module that `wrangler deploy` would upload, built by wrangler itself, and updates the
 * directory of assets. That takes some seconds; the last build is reused until one of its inputs changes. Any number of
 * builds may run at once, each in its own directory. It rejects with wrangler's message if the source does not build.
 */
export function buildWorker(signal?: AbortSignal): Promise<string> {
  return keptBuild({ file, inputs, outputs: [assetsDirectory] }, () => buildByWrangler(signal));
}

async function buildByWrangler(signal?: AbortSignal): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-build-"));
  try {
    await promisify(execFile)(
      process.execPath,
      [wranglerProgram, "deploy", "--dry-run", "--outdir", directory],
      {
        cwd: projectRoot,
        env: { ...process.env, ...quiet, FORCE_COLOR: "0", CI: "true" },
        ...(signal && { signal }),
      },
    );
    return await readFile(path.join(directory, "index.js"), "utf8");
  } catch (error) {
    throw new Error(`Cannot build the Worker: ${wranglerComplaint(error)}`, { cause: error });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function wranglerComplaint(error: unknown): string {
  const { message } = errorOf(error);
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return stderr || message;
}
