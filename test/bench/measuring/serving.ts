import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { endWithParent } from "../../../src/local/end-with-parent.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** Serving is a Worker that is being served by a process of its own. */
export interface Serving {
  readonly origin: URL;
  /** pid is that of its workerd. */
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * serveOurs serves the built Worker with `npm run serve` (without npm), as `environment` says.
 *
 * @param checkout the directory of the code, where that is not this one
 */
export function serveOurs(
  directory: string,
  environment: NodeJS.ProcessEnv,
  name = "ours",
  checkout = root,
): Promise<Serving> {
  const state = path.join(directory, name);
  const args = ["src/local/serve.ts", "--port", "0", "--state", state];
  return start(args, `${state}.log`, environment, checkout);
}

/**
 * serveBare serves the bare object, on the same workerd, with its state on the same disk. It has V8 as workerd starts
 * it by default: the flag of `npm run serve` is part of what is compared.
 */
export function serveBare(directory: string, name = "bare"): Promise<Serving> {
  const state = path.join(directory, name);
  const environment = { MINIFLARE_WORKERD_V8_FLAGS: "" };
  return start(
    ["test/bench/serve-script.ts", "bare-object.js", state],
    `${state}.log`,
    environment,
  );
}

/** serveCounted serves the Worker with its calls to objects counted: `GET /calls` tells and forgets them. */
export function serveCounted(
  directory: string,
  environment: NodeJS.ProcessEnv,
  name = "counted",
): Promise<Serving> {
  const state = path.join(directory, name);
  const script = "../library/joined-worker.ts";
  return start(["test/bench/serve-script.ts", script, state], `${state}.log`, environment);
}

/** serveTexts serves a Worker whose one kind, `text`, returns as much as it is asked for. */
export function serveTexts(
  directory: string,
  environment: NodeJS.ProcessEnv,
  name = "texts",
): Promise<Serving> {
  const state = path.join(directory, name);
  return start(
    ["test/bench/serve-script.ts", "../library/text-worker.ts", state],
    `${state}.log`,
    environment,
  );
}

/**
 * The log goes to a file, so that reading it costs the measuring process nothing. Flags of V8 in the environment are
 * for ours.
 */
async function start(
  args: readonly string[],
  logFile: string,
  environment: NodeJS.ProcessEnv,
  cwd = root,
): Promise<Serving> {
  const log = await open(logFile, "w");
  const inherited = ["PATH", "HOME", "TMPDIR", "MINIFLARE_WORKERD_V8_FLAGS"];
  const known = inherited.map((name) => [name, process.env[name]]);
  const child = spawn(process.execPath, ["--no-warnings", ...args], {
    cwd,
    env: {
      ...Object.fromEntries(known.filter(([, value]) => value !== undefined)),
      ...environment,
    },
    stdio: ["ignore", "pipe", log.fd],
  });
  endWithParent(child, "TERM");
  const ended = once(child, "exit");
  await log.close();
  // The type does not know that standard output alone is a pipe.
  const output = child.stdout as NodeJS.ReadableStream;
  const said = once(createInterface({ input: output }), "line") as Promise<[string]>;
  const line = await Promise.race([said.then(([first]) => first), ended.then(() => "")]);
  const [, url, pid] = /^listening on (\S+) \(workerd pid (\d+)\)/.exec(line) ?? [];
  if (url === undefined) {
    child.kill("SIGTERM");
    throw new Error(`${args[0]} did not start:\n${await readFile(logFile, "utf8")}`);
  }
  return {
    origin: new URL(url),
    pid: Number(pid),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
