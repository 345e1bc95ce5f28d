import { buildPackage } from "./package.ts";

// npm run build:lib: what package.json exports, from src/ into dist/lib/.
await buildPackage();
