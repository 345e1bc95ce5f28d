import path from "node:path";
import { assetsDirectory, projectRoot } from "../wrangler.ts";
import { buildDashboard } from "./dashboard.ts";
import { buildDocs } from "./docs.ts";
import { filesUnder } from "./files-under.ts";
import { withBar } from "./pages.ts";
import { putFiles } from "./put-files.ts";

/**
 * buildAssets makes the directory of assets hold the files of assets/, the built dashboard and what
 * the page of the API needs, and nothing else. Any number may run at once, and beside a server that
 * reads. Rejects with the bundler's words where the dashboard does not build; what was there stays.
 */
export async function buildAssets(): Promise<void> {
  const files = new Map([
    ...withBar(await filesUnder(path.join(projectRoot, "assets"))),
    ...(await buildDashboard()),
    ...(await buildDocs()),
  ]);
  await putFiles(assetsDirectory, files);
}
