import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "./client.ts";
import { type Served, startServed } from "./served.ts";

const root = path.resolve(import.meta.dirname, "../..");
let home = "";
let served: Served;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "edge-operations-backup-"));
  served = await startServed({ state: path.join(home, "state"), env: { SHARDS: "2" } });
});
afterAll(async () => {
  await served?.stop();
  await rm(home, { recursive: true, force: true });
});

const run = (script: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [`src/local/${script}.ts`, ...args], { cwd: root });

describe("npm run backup and npm run restore", () => {
  it("bring back, from under load, all that was acknowledged before", async () => {
    const client = new Client(served.url);
    const acknowledged: string[] = [];
    let isOver = false;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let count = 0; !isOver; count++) {
        const input = `${writer}/${count}/${"x".repeat(count % 5 === 0 ? 20_000 : 50)}`;
        const { status, body } = await client.create({ kind: "echo", input });
        if (status === 202) acknowledged.push(body.id);
      }
    });
    const enough = async (count: number) => {
      while (acknowledged.length < count) await client.get(acknowledged.at(-1) ?? "none");
    };
    await enough(60);
    const before = [...acknowledged];
    const made = await run("backup", "--state", served.state, "--to", path.join(home, "copy"));
    expect(made.stdout).toMatch(/^backed up to \S+: 2 objects, \d+ files, \d+ bytes, as of \d/);
    await enough(before.length + 1);
    isOver = true;
    await Promise.all(writers);
    const { body: later } = await client.create({ kind: "echo", input: "later" });
    await run("restore", "--from", path.join(home, "copy"), "--state", path.join(home, "again"));

    const again = await startServed({ state: path.join(home, "again"), env: { SHARDS: "2" } });
    try {
      const restored = new Client(again.url);
      for (const id of before) {
        const { status, result } = await restored.ended(id);
        expect([status, result]).toEqual(["succeeded", (await client.ended(id)).result]);
      }
      // What came later is not in it, or what was compared is one state.
      expect((await restored.get(later.id)).status).toBe(404);
    } finally {
      await again.stop();
    }
  });

  it("end with 2 for wrong arguments, and 1 where there is no state", async () => {
    await expect(run("backup", "--to")).rejects.toMatchObject({ code: 2 });
    await expect(run("restore", "--from", home)).rejects.toMatchObject({ code: 2 });
    const nothing = run("backup", "--state", path.join(home, "none"), "--to", path.join(home, "b"));
    await expect(nothing).rejects.toMatchObject({ code: 1, stderr: /There is no state in/ });
  });
});

describe("npm run serve", () => {
  it("does not serve a state that another process serves", async () => {
    const child = spawn(
      process.execPath,
      ["src/local/serve.ts", "--port", "0", "--state", served.state],
      { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
    );
    const [stderr] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect([child.exitCode, stderr]).toEqual([
      1,
      `Cannot use ${served.state}: another process is serving it\n`,
    ]);
    expect((await fetch(`${served.url}/api/healthz`)).status).toBe(200);
  });
});
