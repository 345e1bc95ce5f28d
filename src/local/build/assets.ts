import path from "node:path";
import { assetsDirectory, projectRoot } from "../wrangler.ts";
import { buildDashboard } from "./dashboard.ts";
import { buildDocs } from "./docs.ts";
import { filesUnder } from "./files-under.ts";
import { withBar } from "./pages.ts";
import { putFiles } from "./put-files.ts";

/**
 * buildAssets fills the directory of assets with the files of assets/, the built dashboard and the files of the API
 * page, and removes everything else. Any number of builds may run at once, and next to a server that reads. It rejects
 * with esbuild's message if the dashboard does not build, and then changes nothing.
 */
export async function buildAssets(): Promise<void> {
  const files = new Map([
    ...withBar(await filesUnder(path.join(projectRoot, "assets"))),
    ...(await buildDashboard()),
    ...(await buildDocs()),
  ]);
  await putFiles(assetsDirectory, files);
}
