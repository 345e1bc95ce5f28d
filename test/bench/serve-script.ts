import path from "node:path";
import { build } from "esbuild";
import { endWithParent } from "../../src/local/end-with-parent.ts";
import { onEnd } from "../../src/local/workerd.ts";
import { quiet } from "../../src/local/wrangler.ts";

// serve-script SCRIPT STATE [--restarts]: a Worker of this directory on workerd, by the same hands as
// `npm run serve`, and as there it ends with workerd unless that is to be started again.

Object.assign(process.env, quiet, { WRANGLER_LOG: "warn" });
const [file = "", state = "", restarts] = process.argv.slice(2);
const { outputFiles } = await build({
  entryPoints: [path.join(import.meta.dirname, file)],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  conditions: ["workerd"],
  external: ["cloudflare:*"],
});
const { startRuntime } = await import("../../src/local/runtime.ts");
let pid: number | undefined;
const url = await startRuntime(outputFiles[0]?.text ?? "", {
  host: "127.0.0.1",
  port: 0,
  state,
  environment: { TOKEN: "bare", ...process.env },
  log: (line) => process.stderr.write(`${line}\n`),
  started: (workerd) => {
    pid = workerd.pid;
    endWithParent(workerd, "KILL");
    if (restarts === undefined) onEnd(workerd, () => process.exit(1));
  },
  restarted: () => process.stderr.write(`listening again (workerd pid ${pid})\n`),
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.removeAllListeners(signal).on(signal, () => process.exit(0));
}
console.log(`listening on ${url.origin} (workerd pid ${pid})`);
