import { buildPackage } from "./package.ts";

// npm run build:lib: builds what package.json exports, from src/ to dist/lib/.
await buildPackage();
