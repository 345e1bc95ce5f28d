import { readFile } from "node:fs/promises";
import path from "node:path";
import { endWithParent } from "../../src/local/end-with-parent.ts";
import { onEnd } from "../../src/local/workerd.ts";
import { quiet } from "../../src/local/wrangler.ts";

// serve-bare STATE: the bare object on workerd, by the same hands as `npm run serve`.

Object.assign(process.env, quiet, { WRANGLER_LOG: "warn" });
const script = await readFile(path.join(import.meta.dirname, "bare-object.js"), "utf8");
const { startRuntime } = await import("../../src/local/runtime.ts");
let pid: number | undefined;
const url = await startRuntime(script, {
  host: "127.0.0.1",
  port: 0,
  state: process.argv[2] ?? "",
  environment: { TOKEN: "bare" },
  log: (line) => process.stderr.write(`${line}\n`),
  started: (workerd) => {
    pid = workerd.pid;
    endWithParent(workerd, "KILL");
    onEnd(workerd, () => process.exit(1));
  },
  restarted: () => {},
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.removeAllListeners(signal).on(signal, () => process.exit(0));
}
console.log(`listening on ${url.origin} (workerd pid ${pid})`);
