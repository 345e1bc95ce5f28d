import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

/** entry is the program, run as it stands. */
export const entry = path.resolve(import.meta.dirname, "../../src/cli/kubecfg.ts");

/** Ran is how kubecfg ended, and what it wrote. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** RunOptions say how to run it. */
export interface RunOptions {
  /** Over an environment that has no login and no colour. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is closed then. */
  readonly input?: string;
  readonly cwd?: string;
}

/** emptyHome is a directory without a saved login, new for each call. */
export function emptyHome(): string {
  return mkdtempSync(path.join(tmpdir(), "kubecfg-home-"));
}

/** environmentOf is what kubecfg is run in: of the one of these tests only where Node keeps what it compiled. */
export function environmentOf(env: RunOptions["env"] = {}): Record<string, string> {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
  const home = env.XDG_CONFIG_HOME ?? emptyHome();
  return { PATH, ...compiled, HOME: home, XDG_CONFIG_HOME: home, ...env };
}

/** start starts kubecfg with pipes. */
export function start(args: readonly string[], { env, cwd }: RunOptions = {}) {
  return spawn(process.execPath, [entry, ...args], {
    env: environmentOf(env),
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd !== undefined && { cwd }),
  });
}

/** kubecfg runs it with pipes, to its end. */
export async function kubecfg(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = start(args, options);
  // It may end without reading any of it.
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode === null ? once(child, "exit") : undefined,
  ]);
  return { status: child.exitCode, stdout, stderr };
}

/** rowsOf are the lines of a table, each cut where two spaces or more stand. */
export function rowsOf(table: string): string[][] {
  return table
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
}
