import { pathToFileURL } from "node:url";
import { buildAssets } from "./assets.ts";

// npm run build:assets: builds the Workers static assets, from assets/ and src/dashboard/ to dist/assets/.
// wrangler.toml has wrangler run it before each of its own builds, so that `npm start`, `npm run serve` and `npx
// wrangler deploy` never serve an old page. It takes well under a second.

/** setup builds them before Vitest's first test. */
export const setup = buildAssets;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildAssets();
