import { parseArgs } from "node:util";
import { buildWorker } from "./build.ts";
import { endWithParent } from "./end-with-parent.ts";
import type { Runtime } from "./runtime.ts";
import { onEnd } from "./workerd.ts";
import { quiet } from "./wrangler.ts";

// npm run serve: the built Worker on workerd itself, without wrangler's dev proxy.
//
// Standard output carries one line, once it listens; everything else goes to standard error.
// Status 0 after SIGTERM or SIGINT; 1 when it cannot start or workerd ends; 2 for wrong arguments.

const usage = "usage: npm run serve -- [--port 8787] [--state .state] [--host 127.0.0.1]";

/** drainTime is how long requests under way may take to end after SIGTERM, in milliseconds. */
const drainTime = 3_000;

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

const options = readArguments();
// At the level of warnings wrangler's modules leave standard output alone.
Object.assign(process.env, quiet, { WRANGLER_LOG: "warn" });

let stopped = false;
try {
  const script = await build();
  const runtime = await start(script);
  serve(runtime);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

async function build(): Promise<string> {
  const abort = new AbortController();
  whenTold(() => abort.abort());
  // wrangler's modules take a second to load, as long as the build.
  const [script] = await Promise.all([buildWorker(abort.signal), import("./runtime.ts")]).catch(
    (error) => (abort.signal.aborted ? process.exit(0) : Promise.reject(error)),
  );
  return script;
}

async function start(script: string): Promise<Runtime> {
  // Miniflare has an exit hook that ends workerd, so leaving is enough.
  whenTold(() => process.exit(0));
  const { startRuntime } = await import("./runtime.ts");
  return startRuntime(script, {
    ...options,
    environment: process.env,
    log: (line) => process.stderr.write(`${line}\n`),
  });
}

function serve({ url, workerd }: Runtime): void {
  endWithParent(workerd, "KILL");
  onEnd(workerd, (how) => {
    if (stopped) process.exit(0);
    // At once, or Miniflare starts another workerd.
    fail(`workerd ended by itself: ${how}`);
  });
  whenTold(() => {
    stopped = true;
    workerd.kill("SIGTERM");
    setTimeout(() => workerd.kill("SIGKILL"), drainTime);
  });
  console.log(`listening on ${url.origin} (workerd pid ${workerd.pid})`);
}

/** whenTold makes `stop` the one thing that happens on a signal to end, in Miniflare's place too. */
function whenTold(stop: () => void): void {
  for (const signal of signals) process.removeAllListeners(signal).on(signal, stop);
}

function readArguments(): { host: string; port: number; state: string } {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "8787" },
        state: { type: "string", default: ".state" },
        host: { type: "string", default: "127.0.0.1" },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535) {
      throw new Error(`Cannot listen on port "${values.port}"`);
    }
    return { host: values.host, port, state: values.state };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
