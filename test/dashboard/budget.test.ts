import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { assetsDirectory } from "../../src/local/wrangler.ts";

// The assets are built before the first test, by Vitest's global setup.

const budget = 70_000;

it("the page has at most 70 kB of script, compressed", async () => {
  const page = await readFile(path.join(assetsDirectory, "static/index.html"), "utf8");
  const scripts = [...page.matchAll(/<script[^>]*src="\/([^"]+)"/g)].map(([, file]) => file ?? "");
  expect(scripts).toEqual(["static/dashboard.js"]);
  const files = await Promise.all(
    scripts.map((file) => readFile(path.join(assetsDirectory, file))),
  );
  const size = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).byteLength, 0);
  expect(size).toBeLessThanOrEqual(budget);
  // What the page loads is all there is: no part is fetched later.
  expect(/import\s*\(/.test(files.join(""))).toBe(false);
});
