import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { errorOf } from "../base/log.ts";
import { buildWorker } from "./build/build.ts";
import { capacityOf } from "./capacity.ts";
import { withCredentials } from "./configuration.ts";
import { Deaths } from "./deaths.ts";
import { endWithParent } from "./end-with-parent.ts";
import { isLoopbackHost } from "./loopback-host.ts";
import { keepPrivate } from "./private-files.ts";
import { lockState } from "./state/lock.ts";
import { onEnd, readInBatches } from "./workerd.ts";
import { builtWorker, quiet } from "./wrangler.ts";

// npm run serve: the built Worker on workerd itself, without wrangler's dev proxy.
//
// It writes one line to standard output, when it is listening; everything else goes to standard error. If workerd dies
// it is started again, with the same state; with --once the process ends instead. With --built it serves the output of
// npm run build:worker, and builds nothing. With --inspect, DevTools can connect to that port on this machine. Status 0
// after SIGTERM or SIGINT; 1 if it cannot start, or workerd ends for good; 2 for wrong arguments.

const usage =
  "usage: npm run serve -- [--port 8787] [--state .state] [--host 127.0.0.1] [--once]\n       [--inspect PORT] [--built]";

/** drainTime is how long requests may continue after SIGTERM, in milliseconds. */
const drainTime = 3_000;

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

const options = readArguments();
// At this level, wrangler's modules do not write to standard output.
Object.assign(process.env, quiet, { WRANGLER_LOG: "warn" });

const deaths = new Deaths();
let stopped = false;
let workerd: ChildProcess | undefined;
let readOn = () => {};
try {
  const script = await build();
  serve(await start(script));
} catch (error) {
  fail(errorOf(error).message);
}

async function build(): Promise<string> {
  const abort = new AbortController();
  whenTold(() => abort.abort());
  // wrangler's modules take a second to load, as long as the build.
  const [script] = await Promise.all([
    options.isBuilt ? readBuilt() : buildWorker(abort.signal),
    import("./runtime.ts"),
  ]).catch((error) => (abort.signal.aborted ? process.exit(0) : Promise.reject(error)));
  return script;
}

async function readBuilt(): Promise<string> {
  try {
    return await readFile(builtWorker, "utf8");
  } catch {
    throw new Error(`${builtWorker} does not exist: run npm run build:worker first`);
  }
}

async function start(script: string): Promise<URL> {
  // Miniflare has an exit hook that ends workerd, so exiting is enough.
  whenTold(() => process.exit(0));
  const { startRuntime } = await import("./runtime.ts");
  await keepPrivate(path.resolve(options.state));
  lockState(path.resolve(options.state));
  return startRuntime(script, {
    ...options,
    environment: withCredentials(process.env),
    log: say,
    started: follow,
    restarted: () => say(`listening again (workerd pid ${workerd?.pid})`),
  });
}

/** follow ties a workerd to the life of this process, and handles its end. */
function follow(started: ChildProcess): void {
  workerd = started;
  readOn = readInBatches(started);
  endWithParent(started, "KILL");
  onEnd(started, (how) => {
    if (stopped) process.exit(0);
    // Immediately, or Miniflare starts another workerd.
    if (options.once || deaths.isLoop(Date.now())) fail(`workerd exited unexpectedly: ${how}`);
    say(`workerd exited unexpectedly: ${how}; restarting`);
  });
}

function serve(url: URL): void {
  whenTold(() => {
    stopped = true;
    readOn();
    workerd?.kill("SIGTERM");
    setTimeout(() => workerd?.kill("SIGKILL"), drainTime);
  });
  console.log(`listening on ${url.origin} (workerd pid ${workerd?.pid})`);
  const capacity = capacityOf(workerd?.pid);
  if (capacity !== undefined) say(capacity);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** whenTold makes `stop` the only handler of the signals to end, replacing Miniflare's. */
function whenTold(stop: () => void): void {
  for (const signal of signals) process.removeAllListeners(signal).on(signal, stop);
}

interface Arguments {
  readonly host: string;
  readonly port: number;
  readonly state: string;
  readonly once: boolean;
  readonly isBuilt: boolean;
  readonly inspectorPort?: number;
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "8787" },
        state: { type: "string", default: ".state" },
        host: { type: "string", default: "127.0.0.1" },
        once: { type: "boolean", default: false },
        built: { type: "boolean", default: false },
        inspect: { type: "string" },
      },
    });
    const port = portOf(values.port);
    if (process.env.DEVELOPMENT === "true" && !isLoopbackHost(values.host)) {
      throw new Error(
        `DEVELOPMENT is only allowed on this machine, and --host ${values.host} is not`,
      );
    }
    return {
      ...{ host: values.host, port, state: values.state, once: values.once, isBuilt: values.built },
      ...(values.inspect !== undefined && { inspectorPort: portOf(values.inspect) }),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function portOf(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) {
    throw new Error(`Cannot listen on port "${text}"`);
  }
  return Number(text);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
