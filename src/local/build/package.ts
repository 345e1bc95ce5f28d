import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, stat, utimes } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, type BuildResult, build, type Metafile } from "esbuild";
import { projectRoot } from "../wrangler.ts";
import { filesUnder, namesUnder } from "./files-under.ts";
import { licensesOf } from "./licenses.ts";
import { putFiles } from "./put-files.ts";

/** libDirectory is the directory that package.json exports from; it is not committed. */
export const libDirectory = path.join(projectRoot, "dist/lib");

const source = (file: string) => path.join(projectRoot, "src", file);

/**
 * buildPackage fills the directory of the package's exports, and removes everything else in it: a module for each
 * export and their shared parts, `kubecfg.js`, types, and the licenses of bundled packages. Readers meanwhile find each
 * file, old or new. It rejects with the message of esbuild or the compiler if it does not build, and then changes
 * nothing.
 */
export async function buildPackage(): Promise<void> {
  const [bundled, types] = await Promise.all([bundlePackage(), builtTypes()]);
  const licenses = new TextEncoder().encode(await licensesOf(bundled.inputs));
  const files = [...bundled.files, ...types, ["THIRD_PARTY_LICENSES", licenses] as const];
  await putFiles(libDirectory, new Map(files));
  // So that links created by npm before this build still work.
  await chmod(path.join(libDirectory, "kubecfg.js"), 0o755);
}

/** common are the options for all bundles. */
const common: BuildOptions = {
  absWorkingDir: projectRoot,
  outdir: libDirectory,
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  target: "es2024",
  legalComments: "none",
  logLevel: "silent",
};

/** Bundled is the package's JavaScript, with its inputs and imports. */
export interface Bundled {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The files that it was built from, by their paths from the root of the project. */
  readonly inputs: readonly string[];
  /** The modules that are imported at run time. */
  readonly imports: ReadonlySet<string>;
}

/** bundlePackage bundles the modules of the package, in memory. */
export async function bundlePackage(): Promise<Bundled> {
  const { dependencies } = JSON.parse(
    await readFile(path.join(projectRoot, "package.json"), "utf8"),
  ) as { dependencies: Readonly<Record<string, string>> };
  const external = Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]);
  const modules = build({
    ...common,
    // `http` is a separate entry, so that a Worker without it does not include its dependencies.
    entryPoints: {
      index: source("operations.ts"),
      client: source("client/index.ts"),
      testing: source("testing/index.ts"),
      http: source("kinds/http/http.ts"),
      sentry: source("base/sentry.ts"),
      "json-schema": source("kinds/json-schema.ts"),
      tickets: source("edge/access/ticket.ts"),
      large: source("object/large/large.ts"),
      metrics: source("dialects/native/metrics/metrics.ts"),
      moving: source("moving.ts"),
      traces: source("object/spans/traces.ts"),
      openapi: source("dialects/native/openapi/outline-text.ts"),
      a2a: source("dialects/a2a/a2a.ts"),
      fal: source("dialects/fal/fal.ts"),
      google: source("dialects/google/google.ts"),
      kubernetes: source("dialects/kubernetes/kubernetes.ts"),
      mcp: source("dialects/mcp/mcp.ts"),
      openai: source("dialects/openai/openai.ts"),
      proxy: source("dialects/proxy/proxy.ts"),
      replicate: source("dialects/replicate/replicate.ts"),
    },
    splitting: true,
    chunkNames: "part-[hash]",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: [...external, "cloudflare:*"],
  });
  const built = await Promise.all([modules, buildProgram()]);
  return {
    files: new Map(built.flatMap(filesOf)),
    inputs: built.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})),
    imports: new Set(built.flatMap(({ metafile }) => importsOf(metafile))),
  };
}

/** kubecfg, in parts: each command loads only what it needs. */
function buildProgram() {
  return build({
    ...common,
    entryPoints: { kubecfg: source("cli/kubecfg.ts") },
    splitting: true,
    chunkNames: "kubecfg-[hash]",
    platform: "node",
    target: "node20",
    // Bundled CommonJS modules use `require` for Node's own modules.
    banner: { js: requireBanner },
    minifySyntax: true,
    minifyWhitespace: true,
  });
}

/**
 * refreshKubecfg rebuilds `kubecfg.js` if one of its sources is newer, for example after a `git pull`, and leaves the
 * rest of the package unchanged. It compares only times, so it is fast.
 */
export async function refreshKubecfg(directory = libDirectory): Promise<boolean> {
  const made = await timeOf(path.join(directory, "kubecfg.js"));
  if ((await newest(programSources)) <= made) return false;
  const files = new Map(filesOf(await buildProgram()));
  await putFiles(directory, files, (name) => /^kubecfg-\w+\.js$/.test(name));
  const program = path.join(directory, "kubecfg.js");
  await chmod(program, 0o755);
  // An unchanged file is not written, and would otherwise be rebuilt at each start.
  await utimes(program, new Date(), new Date());
  return true;
}

const programSources = ["base", "core", "config", "client", "cli"].map(source);

async function newest(places: readonly string[]): Promise<number> {
  const files = await Promise.all(
    places.map(async (place) => (await namesUnder(place)).map((name) => path.join(place, name))),
  );
  return Math.max(0, ...(await Promise.all(files.flat().map(timeOf))));
}

/** When a file was last written, in milliseconds; 0 if it does not exist. */
async function timeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** The files of a build, by their paths in the package. */
function filesOf({ outputFiles = [] }: BuildResult): [string, Uint8Array][] {
  return outputFiles.map(({ path: file, contents }) => [
    path.relative(libDirectory, file),
    contents,
  ]);
}

const requireBanner =
  'import { createRequire as createRequireOfNode } from "node:module";\nconst require = createRequireOfNode(import.meta.url);';

function importsOf(metafile: Metafile | undefined): string[] {
  const outputs = Object.values(metafile?.outputs ?? {});
  return outputs.flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path: to }) => to),
  );
}

/** The type declarations of the exports, by their paths in the package. */
async function builtTypes(): Promise<(readonly [string, Uint8Array])[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-types-"));
  try {
    await writeTypes(directory);
    const files = await filesUnder(directory);
    return [...files].map(([name, content]) => [path.join("types", name), content]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeTypes(directory: string): Promise<void> {
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
  const args = ["-p", source("tsconfig.build.json"), "--outDir", directory];
  try {
    await promisify(execFile)(process.execPath, [
      path.join(path.dirname(compiler), "bin/tsc"),
      ...args,
    ]);
  } catch (error) {
    const { stdout, message } = error as { stdout?: string; message?: string };
    throw new Error(`Cannot write the package's types: ${stdout?.trim() || message}`, {
      cause: error,
    });
  }
}
