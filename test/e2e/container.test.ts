import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  environment,
  type Image,
  imageOf,
  instructionsOf,
  packagesIn,
  statusOf,
} from "./dockerfile.ts";
import { freePort } from "./free-port.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (name: string) => readFile(path.join(root, name), "utf8");

/** The user `node` of Node's images. */
const uid = 1000;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "edge-operations-image-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

// No engine runs containers here: each instruction of the Dockerfile is done in a directory.
describe("the Dockerfile", () => {
  let image: Image;
  beforeAll(async () => {
    image = await imageOf(directory);
  }, 600_000);

  it("makes an image with what serve runs on, and nothing that it is built or tested with", async () => {
    const packages = await packagesIn(image);
    expect(packages).toEqual(expect.arrayContaining(["miniflare", "workerd", "wrangler", "zod"]));
    expect(
      packages.filter((name) => /^(node-|vitest|typescript|playwright|preact)/.test(name)),
    ).toEqual([]);
    expect(existsSync(image.at("/app/dist/worker.js"))).toBe(true);
    expect(existsSync(image.at("/app/dist/assets/static/index.html"))).toBe(true);
  });

  it("serves as a user of its own that can write its state alone, and ends within its grace", async () => {
    const isRoot = process.getuid?.() === 0;
    const port = await freePort();
    const state = image.at("/state");
    if (isRoot) {
      await chown(state, uid, uid);
      // The way to it is this process's own.
      await promisify(execFile)("chmod", ["-R", "a+rX", image.at("/app")]);
      await promisify(execFile)("chmod", ["a+x", directory]);
    }
    const there = (word: string) =>
      word === "/state" ? state : word === "8787" ? String(port) : word;
    const [, ...args] = image.command.map(there);
    const child = spawn(process.execPath, args, {
      cwd: image.at(image.workdir),
      env: { ...environment(), HOME: "/nonexistent", TOKEN: "test-token", NODE_ENV: "production" },
      stdio: ["ignore", "pipe", "pipe"],
      ...(isRoot && { uid, gid: uid }),
    });
    const errors = linesOf(child);
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      once(child, "exit").then(() => [errors.join("\n")]),
    ]);
    expect(line).toMatch(/^listening on http:\/\/[^ ]*:\d+ \(workerd pid \d+\)$/);
    const health = image.health.map((word) => word.replace("8787", String(port)));
    expect(await statusOf(health, directory)).toBe(0);
    const page = await fetch(`http://127.0.0.1:${port}/static/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([
      200,
      expect.stringContaining("html"),
    ]);
    const made = await fetch(`http://127.0.0.1:${port}/api/v1/operations?sync=true`, {
      method: "POST",
      headers: { authorization: "Bearer test-token", "content-type": "application/json" },
      body: JSON.stringify({ kind: "echo", input: 7 }),
    });
    expect([made.status, ((await made.json()) as { result: unknown }).result]).toEqual([200, 7]);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
    expect(await statusOf(health, directory)).toBe(1);
  });

  it("runs as another user than root, and says where its state is and how it is", async () => {
    const instructions = instructionsOf(await read("Dockerfile"));
    const named = Object.fromEntries(instructions.map(({ name, rest }) => [name, rest]));
    expect(named).toMatchObject({
      USER: "node",
      VOLUME: '["/state", "/backups"]',
      EXPOSE: "8787",
      STOPSIGNAL: "SIGTERM",
    });
    expect(image.command).toEqual(expect.arrayContaining(["--built", "/state", "8787", "0.0.0.0"]));
    expect(image.health.join(" ")).toContain("http://127.0.0.1:8787/api/healthz");
  });
});

describe("compose.yaml", () => {
  it("keeps the state in a volume, with limits, secrets from a file and time to end", async () => {
    const { services, volumes } = parse(await read("compose.yaml"));
    const { operations } = services;
    expect(operations).toMatchObject({
      env_file: "operations.env",
      read_only: true,
      cap_drop: ["ALL"],
      deploy: { resources: { limits: { cpus: "2", memory: "2G", pids: 512 } } },
      logging: { driver: "local" },
    });
    expect(operations.volumes.map((one: string) => one.split(":"))).toEqual([
      ["state", "/state"],
      ["backups", "/backups"],
    ]);
    expect(volumes).toHaveProperty("state");
    // Longer than serve gives requests that are under way.
    expect(Number.parseInt(operations.stop_grace_period, 10)).toBeGreaterThan(3);
    expect(operations.ports).toEqual(["127.0.0.1:8787:8787"]);
  });
});

const analyzer = "/usr/bin/systemd-analyze";
describe.runIf(existsSync(analyzer) || process.env.CI !== undefined)("the systemd unit", () => {
  it("is one that systemd takes, and little exposed", async () => {
    const text = await read("deploy/edge-operations.service");
    // Where it is installed, the program is there.
    const unit = path.join(directory, "edge-operations.service");
    const program = /^ExecStart=(\S+)/m.exec(text)?.[1] ?? "";
    await writeFile(unit, text.replace(program, process.execPath));
    const run = promisify(execFile);
    expect(await run(analyzer, ["verify", unit])).toMatchObject({ stderr: "" });
    const { stdout } = await run(analyzer, ["security", "--offline=true", "--no-pager", unit]);
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(1.5);
  });
});

function linesOf(child: ChildProcess): string[] {
  const lines: string[] = [];
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => lines.push(line));
  return lines;
}
