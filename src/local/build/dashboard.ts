import path from "node:path";
import { build } from "esbuild";
import { projectRoot } from "../wrangler.ts";

/**
 * buildDashboard bundles src/dashboard/ into `static/dashboard.js` and `static/dashboard.css`. It rejects with
 * esbuild's message if it does not build.
 */
export async function buildDashboard(): Promise<Map<string, Uint8Array>> {
  const outdir = path.join(projectRoot, "dist/assets/static");
  const { outputFiles } = await build({
    entryPoints: { dashboard: path.join(projectRoot, "src/dashboard/index.tsx") },
    outdir,
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "eof",
    logLevel: "silent",
  });
  return new Map(
    outputFiles.map(({ path: file, contents }) => [
      path.join("static", path.relative(outdir, file)),
      contents,
    ]),
  );
}
