import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const sim = (file: string) => new URL(`test/sim/runtime/${file}`, import.meta.url).pathname;

/** A busy machine is no failure: only what hangs is one. */
const patient = { testTimeout: 30_000, hookTimeout: 30_000 };

/**
 * The projects, by what a test needs:
 * - `workers`: everything that runs inside workerd, beside the code that it tests;
 * - `house`: what holds for the tree itself (import floors, purity);
 * - `core`: pure code, on Node;
 * - `sim`: the Worker and its objects on a runtime that the tests own; see test/sim/README.md;
 * - `browser`: the page under /static/ in Chromium, where there is one.
 */
export default defineConfig({
  test: {
    // What passes says nothing; the access lines of what fails are shown with it.
    silent: "passed-only",
    globalSetup: ["./src/local/build/build-assets.ts"],
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { TOKEN: "test-token", V: "0" },
            },
          }),
        ],
        test: {
          name: "workers",
          include: ["test/{base,kinds,runner,object,http,protocols,original}/**/*.test.ts"],
          ...patient,
        },
      },
      {
        test: {
          name: "core",
          include: ["test/{core,config,client,cli,dashboard,local}/**/*.test.ts"],
          ...patient,
        },
      },
      {
        resolve: {
          alias: [{ find: "cloudflare:workers", replacement: sim("cloudflare-workers.ts") }],
        },
        test: { name: "sim", include: ["test/sim/**/*.test.ts"] },
      },
      { test: { name: "house", include: ["test/house/**/*.test.ts"] } },
      {
        test: {
          name: "served",
          include: ["test/{conformance,e2e,library}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { name: "compat", include: ["test/compat/**/*.test.ts"] } },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["./test/browser/say-skipped.ts"],
          // Preact's effects follow a paint, which a busy machine puts off.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
