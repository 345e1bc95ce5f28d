import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { projectRoot } from "../wrangler.ts";
import { filesUnder } from "./files-under.ts";
import { licensesOf } from "./licenses.ts";
import { putFiles } from "./put-files.ts";

/** libDirectory is what package.json exports from; it is not committed. */
export const libDirectory = path.join(projectRoot, "dist/lib");

const source = (file: string) => path.join(projectRoot, "src", file);

/**
 * buildPackage makes the directory of what the package exports, and nothing else in it: a module for
 * each export and the parts that they share, `kubecfg.js`, types, and the licenses of what is bundled.
 * Whoever reads there meanwhile finds each file, old or new. Rejects with the words of esbuild or of the
 * compiler where it does not build; what was there stays.
 */
export async function buildPackage(): Promise<void> {
  const [bundled, types] = await Promise.all([bundlePackage(), builtTypes()]);
  const licenses = new TextEncoder().encode(await licensesOf(bundled.inputs));
  const files = [...bundled.files, ...types, ["THIRD_PARTY_LICENSES", licenses] as const];
  await putFiles(libDirectory, new Map(files));
  // Links that npm made to it before this build go on working.
  await chmod(path.join(libDirectory, "kubecfg.js"), 0o755);
}

/** Bundled is the package's JavaScript, and what it is made of. */
export interface Bundled {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The files that went in, by their paths from the root of the project. */
  readonly inputs: readonly string[];
  /** What is imported still where the package runs. */
  readonly imports: ReadonlySet<string>;
}

/** bundlePackage bundles the modules of the package, in memory. */
export async function bundlePackage(): Promise<Bundled> {
  const { dependencies } = JSON.parse(
    await readFile(path.join(projectRoot, "package.json"), "utf8"),
  ) as { dependencies: Readonly<Record<string, string>> };
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
  const external = Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]);
  const modules = build({
    ...common,
    // `http` is one of its own, so that a Worker without it drops all that it brings.
    entryPoints: {
      index: source("operations.ts"),
      client: source("client/index.ts"),
      testing: source("testing/index.ts"),
      http: source("kinds/http/http.ts"),
      sentry: source("base/sentry.ts"),
      "json-schema": source("kinds/json-schema.ts"),
      tickets: source("edge/access/ticket.ts"),
      metrics: source("dialects/native/metrics/metrics.ts"),
      moving: source("moving.ts"),
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
  const program = build({
    ...common,
    entryPoints: { kubecfg: source("cli/kubecfg.ts") },
    // A command loads what it needs, and no other pays for it.
    splitting: true,
    chunkNames: "kubecfg-[hash]",
    platform: "node",
    target: "node20",
    // What is bundled of CommonJS asks for Node's own modules so.
    banner: { js: requireBanner },
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const built = await Promise.all([modules, program]);
  return {
    files: new Map(
      built.flatMap(({ outputFiles = [] }) =>
        outputFiles.map(({ path: file, contents }): [string, Uint8Array] => [
          path.relative(libDirectory, file),
          contents,
        ]),
      ),
    ),
    inputs: built.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})),
    imports: new Set(built.flatMap(({ metafile }) => importsOf(metafile))),
  };
}

const requireBanner =
  'import { createRequire as createRequireOfNode } from "node:module";\nconst require = createRequireOfNode(import.meta.url);';

function importsOf(metafile: Metafile | undefined): string[] {
  const outputs = Object.values(metafile?.outputs ?? {});
  return outputs.flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path: to }) => to),
  );
}

/** The declarations of what is exported, by their paths in the package. */
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
