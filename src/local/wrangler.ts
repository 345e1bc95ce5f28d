import { createRequire } from "node:module";
import path from "node:path";

/** projectRoot is the directory of wrangler.toml and package.json. */
export const projectRoot = path.resolve(import.meta.dirname, "../..");

/** assetsDirectory is the directory of assets in wrangler.toml; it is not committed. */
export const assetsDirectory = path.join(projectRoot, "dist/assets");

/** builtWorker is the file that `npm run build:worker` writes the Worker to; it is not committed. */
export const builtWorker = path.join(projectRoot, "dist/worker.js");

const require = createRequire(import.meta.url);

/** wranglerProgram is wrangler's entry point, to be run with this Node. */
export const wranglerProgram = path.join(
  path.dirname(require.resolve("wrangler/package.json")),
  "bin/wrangler.js",
);

/**
 * quiet is the environment that keeps wrangler and Miniflare off the network and off the user's screen and home
 * directory: no metrics, banner, update check, log files or request.cf lookup, and no trace row for each request.
 */
export const quiet = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  X_LOCAL_OBSERVABILITY: "false",
} as const;
