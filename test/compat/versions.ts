import { readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { unstable_readConfig } from "wrangler";
import { buildWorker } from "../../src/local/build/build.ts";
import { projectRoot } from "../../src/local/wrangler.ts";

/** Version names which code is meant: that of the fixture, or today's. */
export type Version = "old" | "new";

/** Bundle is a built Worker and what it was built to run with. */
export interface Bundle {
  readonly script: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: string[];
}

/** oldCommit is the commit that the fixture was built from; fixtures/README.md says how. */
export const oldCommit = "afff165";

/** oldBundle reads the fixture. */
export async function oldBundle(): Promise<Bundle> {
  const file = path.join(import.meta.dirname, "fixtures", `${oldCommit}.js.gz`);
  return {
    script: gunzipSync(await readFile(file)).toString(),
    // As its wrangler.toml has them.
    compatibilityDate: "2026-10-23",
    compatibilityFlags: ["enable_request_signal"],
  };
}

/** newBundle builds what `wrangler deploy` would upload now. */
export async function newBundle(): Promise<Bundle> {
  const config = unstable_readConfig({ config: path.join(projectRoot, "wrangler.toml") });
  return {
    script: await buildWorker(),
    compatibilityDate: config.compatibility_date ?? "",
    compatibilityFlags: config.compatibility_flags,
  };
}
