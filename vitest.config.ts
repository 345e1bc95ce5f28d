import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const sim = (file: string) => new URL(`test/sim/runtime/${file}`, import.meta.url).pathname;

/** A busy machine is no failure: only what hangs is one. */
const patient = { testTimeout: 30_000, hookTimeout: 30_000 };

/** isShort is `npm test`, which leaves out what takes long, unless files are named. */
const isShort =
  process.env.SHORT === "true" && !process.argv.slice(3).some((word) => !word.startsWith("-"));

/** The files that start the Worker again and again, or wait for real clients: each takes more than 5 s. */
const long = [
  "test/conformance/{azure-core-lro,eventsource,standardwebhooks,tickets}.test.ts",
  "test/e2e/{crash,examples,fuzz,kubecfg,kubecfg-terminal,load,malformed-http,package}.test.ts",
  "test/e2e/{proxy,proxy-places,proxy-secrets,serve,start,typed-client,worker-loop}.test.ts",
];

const inWorkerd = () =>
  cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: { bindings: { TOKEN: "test-token", V: "0" } },
  });

const served = { testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false };

/**
 * The projects, by what a test needs:
 * - `workers`: everything that runs inside workerd, beside the code that it tests;
 * - `shared`: the same for what stores nothing, in one runtime, which takes longer to start than its tests;
 * - `core`: pure code, on Node;
 * - `sim`: the Worker and its objects on a runtime that the tests own; see test/sim/README.md;
 * - `house`: what holds for the tree itself: floors, circles, documentation;
 * - `served`: the built Worker on workerd, asked by clients;
 * - `compat`: two versions of the code on one map;
 * - `long`: as `served`, and long; not in `npm test`;
 * - `browser`: the page under /static/ in Chromium, where there is one; not in `npm test`.
 */
export const projects = [
  {
    plugins: [inWorkerd()],
    test: {
      name: "workers",
      include: ["test/{runner,object,map,edge,dialects,original}/**/*.test.ts"],
      ...patient,
    },
  },
  {
    plugins: [inWorkerd()],
    test: {
      name: "shared",
      include: ["test/{base,kinds}/**/*.test.ts"],
      isolate: false,
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
    test: {
      name: "sim",
      include: ["test/sim/**/*.test.ts"],
      env: { SEEDS: isShort ? "100" : "500" },
    },
  },
  { test: { name: "house", include: ["test/house/**/*.test.ts"] } },
  {
    test: {
      name: "served",
      include: ["test/{conformance,e2e,library}/**/*.test.ts"],
      exclude: long,
      ...served,
    },
  },
  { test: { name: "long", include: long, ...served } },
  { test: { name: "compat", include: ["test/compat/**/*.test.ts"] } },
  {
    test: {
      name: "browser",
      include: ["test/browser/**/*.test.ts"],
      globalSetup: ["./test/browser/say-skipped.ts"],
      // Preact's effects follow a paint, which a busy machine puts off.
      expect: { poll: { timeout: 20_000 } },
      ...served,
    },
  },
];

export default defineConfig({
  test: {
    // What passes says nothing; the access lines of what fails are shown with it.
    silent: "passed-only",
    globalSetup: ["./src/local/build/build-assets.ts"],
    projects: projects.filter(
      ({ test: { name } }) => !isShort || !["long", "browser"].includes(name),
    ),
  },
});
