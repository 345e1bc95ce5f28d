import path from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { configNames } from "./src/config/config.ts";
import { configured } from "./test/edge/configured.ts";

const at = (file: string) => path.join(import.meta.dirname, file);

/** isShort is `npm test`, which leaves out what takes long, unless files are named. */
const isShort =
  process.env.SHORT === "true" && !process.argv.slice(3).some((word) => !word.startsWith("-"));

// Programs that tests start are compiled once: kubecfg takes 0.24 s of a processor in the place of 0.55.
process.env.NODE_COMPILE_CACHE ??= at("node_modules/.cache/node");

/** A busy machine is no failure: only what hangs is one. What is asked again and again ends before its test does. */
export const patient = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
};

/** Nothing is configured, whatever .dev.vars says, which wrangler reads here too: npm start writes it. */
const unset = Object.fromEntries(configNames.map((name) => [name, ""]));

/** Inside workerd, beside the code that is tested. */
const inWorkerd = (
  configuration: Readonly<Record<string, string>> = {},
  r2Buckets: string[] = [],
) =>
  cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: { bindings: { ...unset, TOKEN: "test-token", V: "0", ...configuration }, r2Buckets },
  });

/** The console of what runs inside workerd stays there; see the file. */
const ownRuntime = { disableConsoleIntercept: true, setupFiles: ["./test/kept-console.ts"] };

/** Files share a runtime; there are as many runtimes as there are cores. */
const oneRuntime = {
  ...ownRuntime,
  isolate: false,
  setupFiles: [...ownRuntime.setupFiles, "./test/one-runtime.ts"],
};

/** CI has the time to give each file a runtime of its own, in which nothing is left of another. */
const oneRuntimeBesidesCI = { ...oneRuntime, isolate: process.env.CI === "true" };

/** Of what runs inside workerd: the files that need more of a configuration, which a runtime reads once. */
const configuredFiles = [
  "test/dialects/native/handlers/{bulk,cancel,idempotency-numbers,kinds,moving,moving-forged,openapi,rerun,results,traces,webhooks,work}.test.ts",
  "test/dialects/native/numbers.test.ts",
  "test/dialects/proxy/proxy.test.ts",
  "test/edge/auth-matrix.test.ts",
  "test/edge/reading/refuse-body.test.ts",
  "test/map/{result-body,claiming/claim-in-turn}.test.ts",
  "test/object/{postponed,rows-written,upstream-places}.test.ts",
];

/** Those that set one of their own, or leave something behind. */
const alone = [
  "test/dialects/{every-dialect,no-room-to-wait}.test.ts",
  "test/dialects/native/{handlers/rerun-keep-steps,handlers/webhook-secrets,malformed-fields,typed-client-more}.test.ts",
  "test/edge/log.test.ts",
  "test/map/{bulk,limits}.test.ts",
  "test/object/{claims,deliveries,places}.test.ts",
  "test/original/{log,work}.test.ts",
];

/** Those that have a bucket for large results, and bounds that a test can reach. */
const bucketFiles = ["test/object/large/*.test.ts"];
const bucketBounds = {
  MAX_RESULT: "20971520",
  MAX_UPLOAD: "20971520",
  MAX_STORAGE: "33554432",
};

/** Of what asks the served Worker: the files that start it again and again, or wait for real clients. */
const long = [
  "test/conformance/{a2a,azure-core-lro,dialects-page,eventsource,mcp-2025,mcp-2025-tasks,mcp-2026,mcp-conformance,standardwebhooks,tickets}.test.ts",
  "test/e2e/{backup,container,crash,examples,fuzz,kubecfg,kubecfg-terminal,load,malformed-http,package}.test.ts",
  "test/e2e/large/crash-large.test.ts",
  "test/e2e/{proxy,proxy-places,proxy-secrets,serve,start,typed-client,worker-loop}.test.ts",
];

/** The projects, by what a test needs. */
export const projects = [
  // What runs inside workerd.
  {
    plugins: [inWorkerd()],
    test: {
      name: "workers",
      include: ["test/{base,kinds,runner,object,map,edge,dialects,original}/**/*.test.ts"],
      exclude: [...configuredFiles, ...alone, ...bucketFiles],
      ...oneRuntimeBesidesCI,
      ...patient,
    },
  },
  // The same, with the configuration of test/edge/configured.ts.
  {
    plugins: [inWorkerd(configured)],
    test: { name: "configured", include: configuredFiles, ...oneRuntime, ...patient },
  },
  // The same, each file in a runtime of its own.
  { plugins: [inWorkerd()], test: { name: "alone", include: alone, ...ownRuntime, ...patient } },
  // The same, with the configuration of `configured` and the bucket RESULTS.
  {
    plugins: [inWorkerd({ ...configured, ...bucketBounds }, ["RESULTS"])],
    test: { name: "bucket", include: bucketFiles, ...oneRuntime, ...patient },
  },
  // Pure code, on Node.
  {
    test: {
      name: "core",
      include: ["test/{core,config,client,cli,dashboard,local,bench}/**/*.test.ts"],
      isolate: false,
      ...patient,
    },
  },
  // The Worker and its objects on a runtime that the tests own; see test/sim/README.md.
  {
    resolve: {
      alias: [
        { find: "cloudflare:workers", replacement: at("test/sim/runtime/cloudflare-workers.ts") },
      ],
    },
    test: {
      name: "sim",
      include: ["test/sim/**/*.test.ts"],
      env: { SEEDS: isShort ? "100" : "500" },
      ...patient,
    },
  },
  // What holds for the tree itself: floors, circles, documentation.
  { test: { name: "house", include: ["test/house/**/*.test.ts"], isolate: false, ...patient } },
  // The built Worker on workerd, asked by clients.
  {
    test: {
      name: "served",
      include: ["test/{conformance,e2e,library}/**/*.test.ts"],
      exclude: long,
      ...patient,
    },
  },
  // As `served`, and long; not in `npm test`.
  { test: { name: "long", include: long, ...patient } },
  // Two versions of the code on one map.
  { test: { name: "compat", include: ["test/compat/**/*.test.ts"], ...patient } },
  // The page under /static/ in Chromium, where there is one; not in `npm test`.
  {
    test: {
      name: "browser",
      include: ["test/browser/**/*.test.ts"],
      globalSetup: ["./test/browser/say-skipped.ts"],
      ...patient,
    },
  },
];

export default defineConfig({
  test: {
    // Vitest would leave one core to itself, which is every second of two.
    maxWorkers: "100%",
    // What passes says nothing; the access lines of what fails are shown with it.
    silent: "passed-only",
    globalSetup: ["./src/local/build/build-assets.ts"],
    projects: projects.filter(
      ({ test: { name } }) => !isShort || !["long", "browser"].includes(name),
    ),
  },
});
