import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const root = path.resolve(import.meta.dirname, "../..");

/** The Node of this repository's scripts: wrangler and Vitest need one as new. */
const node = path.dirname(process.execPath);

/** Installed is a user's project that has the package, as a user gets it. */
export interface Installed {
  readonly directory: string;
  /** The name of the package's file in it. */
  readonly tarball: string;
  /** run runs a program there, with nothing of this process's npm, and rejects with what it wrote. */
  run(program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }>;
  /** environment is what run runs it in. */
  readonly environment: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

/**
 * installedExample packs the package, and installs it with everything else that examples/hono needs in
 * a copy of it. The registry is asked for what npm's cache does not have.
 */
export async function installedExample(): Promise<Installed> {
  const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-package-"));
  const environment = usersEnvironment();
  const run = (program: string, args: readonly string[], cwd = directory) =>
    ranIn(cwd, environment, program, args);
  await cp(path.join(root, "examples/hono"), directory, {
    recursive: true,
    filter: (name) => !/node_modules|\.wrangler/.test(name),
  });
  const packed = await run("npm", ["pack", "--json", "--pack-destination", directory], root);
  const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("["))) as [
    { filename: string },
  ];
  const file = path.join(directory, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  manifest.dependencies["edge-operations"] = `file:./${filename}`;
  await writeFile(file, JSON.stringify(manifest));
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"]);
  return {
    directory,
    tarball: filename,
    environment,
    run: (program, args) => run(program, args),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function ranIn(
  cwd: string,
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
) {
  try {
    return await promisify(execFile)(program, args, { cwd, env, maxBuffer: 1e8 });
  } catch (error) {
    const { stdout, stderr, message } = error as Record<"stdout" | "stderr" | "message", string>;
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** This process's environment without the paths and settings that npm scripts add to it. */
function usersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_|^(INIT_CWD|NODE_ENV|NODE_OPTIONS|VITEST.*)$/.test(name),
  );
  const paths = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((entry) => !/node_modules|node-gyp-bin/.test(entry));
  return {
    ...Object.fromEntries(kept),
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_COLOR: "1",
    CI: "true",
    PATH: [node, ...paths].join(path.delimiter),
  };
}
