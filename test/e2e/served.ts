import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.resolve(import.meta.dirname, "../..");

/** ServedOptions choose how to serve; every one has a default. */
export interface ServedOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** A directory to keep; by default one is made, and removed when serving ends. */
  readonly state?: string;
  /** Whether workerd is started again when it dies; without, serve ends with it. */
  readonly restarts?: boolean;
  /** A Worker of the tests to serve in the place of the built one, from the root; it takes a free port. */
  readonly script?: string;
  /** The port of the inspector; by default there is none. */
  readonly inspect?: number;
  /** Configuration, over the defaults: TOKEN is `test-token`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Ended is how `npm run serve` ended and what it printed, as lines. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Served is the built Worker on workerd, as `npm run serve` serves it. */
export interface Served {
  /** The origin, without a slash at its end. */
  readonly url: string;
  /** The process id of the workerd that serves now. */
  readonly pid: number;
  /** The process id of serve itself. */
  readonly servePid: number;
  /** The directory that keeps the state. */
  readonly state: string;
  /** What it printed so far, as lines: the one on standard output, and the log. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** stop ends it as SIGTERM does; once it has ended it does nothing more. */
  stop(): Promise<Ended>;
  /** kill9 kills workerd with SIGKILL, and resolves when serve has ended too. */
  kill9(): Promise<Ended>;
  /** crash kills workerd with SIGKILL, and resolves when serve, with `restarts`, has another. */
  crash(): Promise<void>;
}

/**
 * startServed starts `npm run serve` (without npm) and resolves once it listens. It rejects with
 * what serve wrote when serve ends first. Configuration of this process's own environment does
 * not reach it.
 */
export async function startServed(options: ServedOptions = {}): Promise<Served> {
  const state = options.state ?? (await mkdtemp(path.join(tmpdir(), "edge-operations-state-")));
  const child = spawn(
    process.execPath,
    options.script === undefined ? builtWorker(options, state) : scripted(options, state),
    {
      cwd: root,
      env: { ...bareEnvironment(), TOKEN: "test-token", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const stdout = linesOf(child.stdout);
  const stderr = linesOf(child.stderr);
  // "close" and not "exit": every line has been read by then.
  const ended = once(child, "close").then(async (): Promise<Ended> => {
    if (options.state === undefined) await rm(state, { recursive: true, force: true });
    return { status: child.exitCode, stdout, stderr };
  });

  const line = await Promise.race([firstLine(child, stdout), ended.then(() => undefined)]);
  const { url, pid } = /^listening on (?<url>\S+) \(workerd pid (?<pid>\d+)\)$/.exec(line ?? "")
    ?.groups ?? { url: undefined, pid: undefined };
  if (url === undefined || pid === undefined) {
    child.kill("SIGTERM");
    throw new Error(`serve did not start:\n${[...stdout, ...stderr].join("\n")}`);
  }

  /** The pids of workerd, in the order in which they listened. */
  const pids = [Number(pid)];
  const current = () => pids.at(-1) ?? 0;
  createInterface({ input: child.stderr }).on("line", (text) => {
    const again = /^listening again \(workerd pid (\d+)\)$/.exec(text);
    if (again) child.emit("again", pids.push(Number(again[1])));
  });

  return {
    url,
    get pid() {
      return current();
    },
    servePid: child.pid ?? 0,
    state,
    stdout,
    stderr,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
    kill9() {
      process.kill(current(), "SIGKILL");
      return ended;
    },
    async crash() {
      const again = once(child, "again");
      process.kill(current(), "SIGKILL");
      const end = await Promise.race([again.then(() => undefined), ended]);
      if (end) throw new Error(`serve ended:\n${end.stderr.join("\n")}`);
    },
  };
}

function builtWorker(options: ServedOptions, state: string): string[] {
  return [
    "src/local/serve.ts",
    ...(options.restarts ? [] : ["--once"]),
    ...(options.inspect === undefined ? [] : ["--inspect", String(options.inspect)]),
    "--port",
    String(options.port ?? 0),
    "--state",
    state,
  ];
}

function scripted({ script = "", restarts }: ServedOptions, state: string): string[] {
  const file = path.relative("test/bench", script);
  return ["test/bench/serve-script.ts", file, state, ...(restarts ? ["--restarts"] : [])];
}

/** isRunning says whether a process with this id exists. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function linesOf(stream: NodeJS.ReadableStream): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on("line", (line) => lines.push(line));
  return lines;
}

async function firstLine(child: ChildProcess, stdout: readonly string[]): Promise<string> {
  while (stdout[0] === undefined) await once(child.stdout as NodeJS.ReadableStream, "data");
  return stdout[0];
}

/** Of this process's environment what has a program found, and where Node keeps what it compiled. */
function bareEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "NODE_COMPILE_CACHE"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
