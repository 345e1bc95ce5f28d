import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import type { Trouble } from "./trouble.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** pace is how long after a reload the next comes, in milliseconds. */
const pace = 2_000;

/** missing is in one of how many versions the kinds `journey` and `retreat` are missing. */
const missing = 4;

/** deploys changes the code every 2 s under `npm start`, and now and then has a kind missing. */
export async function deploys(directory: string): Promise<Trouble> {
  await mkdir(directory, { recursive: true });
  const worker = path.join(directory, "worker.ts");
  const vars = path.join(directory, "vars");
  const token = "test-token-of-deploys";
  await writeFile(vars, `TOKEN=${token}\nDEVELOPMENT=true\n`, { mode: 0o600 });
  await writeFile(path.join(directory, "wrangler.toml"), configuration);
  let version = 0;
  const deploy = (isWhole: boolean) => writeFile(worker, code(++version, isWhole));
  await deploy(true);
  const port = await freePort();
  const start = spawn(
    process.execPath,
    [
      ...["src/local/start.ts", "--port", String(port), "--ip=127.0.0.1"],
      ...["--config", path.join(directory, "wrangler.toml"), "--env-file", vars],
      ...["--persist-to", path.join(directory, "state")],
    ],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"], detached: true },
  );
  let printed = "";
  const ended = once(start, "exit");
  start.stdout.setEncoding("utf8").on("data", (chunk) => {
    printed += chunk;
  });
  const isStarted = (async () => {
    while (!printed.includes("Ctrl-C")) await sleep(100);
  })();
  await Promise.race([
    isStarted,
    ended.then(() => {
      throw new Error(`npm start ended:\n${printed}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    async strike() {
      await sleep(pace);
      await deploy(version % missing !== 0);
    },
    calm: () => deploy(true),
    async stop() {
      start.kill("SIGTERM");
      await ended;
    },
  };
}

const configuration = `
name = "journey"
main = "worker.ts"
compatibility_date = "2026-10-23"
compatibility_flags = ["enable_request_signal"]
[[durable_objects.bindings]]
name = "OPERATIONS"
class_name = "OperationsObject"
[[migrations]]
tag = "v1"
new_sqlite_classes = ["OperationsObject"]
`;

/** A version of the Worker; every one has another text. */
function code(version: number, isWhole: boolean): string {
  const from = (file: string) => JSON.stringify(path.join(root, file));
  return `
import { createOperations } from ${from("src/operations.ts")};
import { kinds } from ${from("test/library/journey-worker.ts")};
import { tickets } from ${from("src/edge/access/ticket.ts")};
const { idle } = kinds;
const offered = ${isWhole ? "kinds" : "{ idle }"};
const operations = createOperations({ kinds: offered, tickets });
export const { OperationsObject, Runner } = operations;
export default {
  version: () => ${version},
  fetch: operations.fetch,
};
`;
}
