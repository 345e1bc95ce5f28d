import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorOf } from "../../base/log.ts";
import { builtWorker } from "../wrangler.ts";
import { buildWorker } from "./build.ts";

// npm run build:worker: builds the Worker as one module, dist/worker.js, with its assets in dist/assets, for npm run
// serve -- --built: the machine that serves it needs none of the build tools.

try {
  const script = await buildWorker();
  await mkdir(path.dirname(builtWorker), { recursive: true });
  await writeFile(builtWorker, script);
} catch (error) {
  console.error(errorOf(error).message);
  process.exitCode = 1;
}
