import { pathToFileURL } from "node:url";
import { buildAssets } from "./assets.ts";

// npm run build:assets: what Workers static assets serve, from assets/ and src/dashboard/ into
// dist/assets/. wrangler.toml has wrangler run it before each build of its own, so that `npm start`,
// `npm run serve` and `npx wrangler deploy` never serve an old page. It takes well under a second.

/** setup has Vitest build them before the first test. */
export const setup = buildAssets;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildAssets();
