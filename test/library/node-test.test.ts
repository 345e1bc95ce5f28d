import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePackage, libDirectory } from "../../src/local/build/package.ts";
import { projectRoot } from "../../src/local/wrangler.ts";
import { builtWorker } from "./built-worker.ts";

// A project whose tests run under `node --test` alone: the package as it is built, and a Miniflare.

let project: string;

beforeAll(async () => {
  project = await mkdtemp(path.join(tmpdir(), "edge-operations-node-test-"));
  const home = path.join(project, "node_modules/edge-operations");
  const lib = path.join(home, path.relative(projectRoot, libDirectory));
  await mkdir(lib, { recursive: true });
  await cp(path.join(projectRoot, "package.json"), path.join(home, "package.json"));
  const { files } = await bundlePackage();
  for (const [name, content] of files) await writeFile(path.join(lib, name), content);
  const theirs = path.join(projectRoot, "node_modules/miniflare");
  await symlink(theirs, path.join(project, "node_modules/miniflare"));
  await writeFile(path.join(project, "worker.mjs"), await builtWorker("settled-worker.ts"));
  await cp(path.join(import.meta.dirname, "settled.node-test.mjs"), at("settled.test.mjs"));
});

afterAll(async () => {
  if (project) await rm(project, { recursive: true, force: true });
});

function at(file: string): string {
  return path.join(project, file);
}

/** What `node --test` says of the project, once it has ended by itself, and how it ended. */
function nodeTest(...more: readonly string[]): Promise<{ code: number; said: string }> {
  // Else it would take itself for a test of this one.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", ...more, "settled.test.mjs"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: project, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }),
    );
  });
}

describe("settle under node --test", () => {
  it("moves the clock of a Worker in a Miniflare, and the tests end by themselves", async () => {
    const { code, said } = await nodeTest();
    expect([code, said]).toEqual([0, expect.stringMatching(/^# pass 4$/m)]);
    expect(said).toMatch(/^# fail 0$/m);
  });
});
