import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { Client } from "../e2e/client.ts";
import { Composed } from "./composed.ts";

// npm run image [-- --no-build]: builds the image and runs it by compose.yaml in an engine of containers, which must be
// at hand; asks it for what docs/self-hosting.md promises, kills what runs in it, backs it up and restores it. Port 8787 must
// be free. The containers and volumes are removed in the end, the image stays. Where there is no engine:
// bash test/image/engine.sh npm run image -- --no-build

const { values } = parseArgs({ options: { "no-build": { type: "boolean", default: false } } });
const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What compose.yaml asks for, or what this machine allows if that is less. */
const { stdout: allowed } = await run("sh", ["-c", "ulimit -Hn"]);
const wanted = 65_536;
const files = Number(allowed) < wanted ? Number(allowed) : undefined;

if (!values["no-build"]) {
  await run("docker", ["build", "--tag", "edge-operations", root], { maxBuffer: 2 ** 26 });
  told("built");
}
const composed = await Composed.create(files);
if (files !== undefined) told(`with ${files} open files: this machine allows no more`);
try {
  const client = new Client("http://127.0.0.1:8787", composed.token);
  await start();
  told("healthy");

  const { HostConfig: limits, Config } = await composed.container();
  assert.equal(Config.User, "node");
  assert.partialDeepStrictEqual(limits, {
    Memory: 2 * 2 ** 30,
    NanoCpus: 2_000_000_000,
    PidsLimit: 512,
    ReadonlyRootfs: true,
    Init: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    LogConfig: { Type: "local" },
  });
  const status = await composed.exec("cat", "/proc/self/status");
  assert.match(status.stdout, /^CapBnd:\s0+$/m);
  assert.match(status.stdout, /^NoNewPrivs:\s1$/m);
  for (const place of ["/app/x", "/app/dist/worker.js", "/x", "/home/node/x"]) {
    assert.notEqual((await composed.exec("sh", "-c", `echo >> ${place}`)).status, 0, place);
  }
  told("limited, and what runs can change nothing of what it runs");

  const page = await fetch(`${client.url}/static/`);
  assert.equal(page.status, 200);
  const { body: made } = await client.create({ kind: "simulate", input: { duration: "1s" } });
  assert.equal((await client.ended(made.id)).status, "succeeded");
  told("serves");

  const kept = await client.create({ kind: "simulate", input: { duration: "10s" } });
  const killed = await composed.exec("node", "-e", killing("workerd"));
  assert.equal(killed.status, 0, killed.stderr);
  assert.equal((await ended(kept.body.id)).attempt, 2);
  assert.equal((await composed.container()).RestartCount, 0);
  told("goes on after a kill -9 of workerd, in the same container");

  const again = await client.create({ kind: "simulate", input: { duration: "10s" } });
  await composed.exec("node", "-e", killing("serve.ts"));
  assert.equal((await ended(again.body.id)).attempt, 2);
  assert.equal((await composed.container()).RestartCount, 1);
  told("is started again after a kill -9 of serve, and goes on");

  const backup = ["node", "src/local/backup.ts", "--state", "/state", "--to", "/backups/test"];
  assert.match((await composed.exec(...backup)).stdout, /^backed up to /);
  const { body: later } = await client.create({ kind: "echo", input: 1 });
  await client.ended(later.id);
  await composed.compose("stop");
  const stopped = await composed.container();
  assert.deepEqual([stopped.State.ExitCode, stopped.State.OOMKilled], [0, false]);
  told("ends with status 0 on SIGTERM");

  const once = (...args: string[]) =>
    composed.compose("run", "--rm", "--no-TTY", "operations", ...args);
  const restore = ["node", "src/local/restore.ts", "--from", "/backups/test", "--state", "/state"];
  await assert.rejects(once(...restore), /not empty/);
  await once("find", "/state", "-mindepth", "1", "-delete");
  assert.match(await once(...restore), /^restored to /);
  await start();
  assert.equal((await client.get(made.id)).body.status, "succeeded");
  assert.equal((await client.get(later.id)).status, 404);
  told("is restored from a backup");

  /** start starts the service and returns once it is healthy. */
  async function start(): Promise<void> {
    await composed.compose("up", "--detach", "--no-build", "--wait");
    const { State } = await composed.container();
    assert.equal(State.Health?.Status, "healthy");
  }

  /** ended waits for the end of an operation, also while nothing listens. */
  async function ended(id: string) {
    for (;;) {
      const operation = await client.ended(id).catch(() => undefined);
      if (operation !== undefined) return operation;
      await sleep(200);
    }
  }
} catch (error) {
  console.error(await composed.compose("logs", "--tail", "50"));
  throw error;
} finally {
  await composed.remove();
}

/** killing is a script that kills the process whose program or arguments have a word. */
function killing(word: string): string {
  return `const { readdirSync, readFileSync } = require("node:fs");
    const words = (id) => { try { return readFileSync("/proc/" + id + "/cmdline", "utf8").split("\\0"); } catch { return []; } };
    const ids = readdirSync("/proc").filter((id) => /^\\d+$/.test(id) && id !== "1" && Number(id) !== process.pid);
    const found = ids.filter((id) => words(id).slice(0, 2).some((one) => one.endsWith("/${word}")));
    if (found.length !== 1) throw new Error("found " + found.length);
    process.kill(Number(found[0]), "SIGKILL");`;
}

function told(what: string): void {
  console.log(`${new Date().toISOString()}  ${what}`);
}
