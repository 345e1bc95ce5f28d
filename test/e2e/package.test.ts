import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, startServed } from "./served.ts";

// The package as a user gets it: packed here, installed in an empty directory by the user's npm, and
// run with whatever Node is first in the PATH without ours.

const execute = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const compiler = path.join(
  path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin/tsc",
);

let home: string;
let served: Served;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "edge-operations-package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", home], root);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string }];
  await writeFile(path.join(home, "package.json"), '{"type":"module","private":true}');
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", `./${filename}`]);
  served = await startServed();
});

afterAll(async () => {
  await served?.stop();
  await rm(home, { recursive: true, force: true });
});

describe("the packed package", () => {
  it("brings neither sources nor the Node of this repository's scripts", async () => {
    const modules = path.join(home, "node_modules");
    expect((await readdir(path.join(modules, "edge-operations"))).sort()).toEqual([
      "LICENSE",
      "README.md",
      "dist",
      "package.json",
    ]);
    expect((await readdir(modules)).filter((name) => name.startsWith("node-"))).toEqual([]);
  });

  it("runs npx kubecfg --help", async () => {
    const { stdout } = await run("npx", ["kubecfg", "--help"]);
    expect(stdout).toMatch(/^Usage: kubecfg /);
  });

  it("runs kubecfg against a service", async () => {
    const global = ["--host", served.url, "--token", "test-token", "-o", "json"];
    const create = ["kubecfg", "create", "echo", "--input", '{"a":1}', "--wait", "30s"];
    const { stdout } = await run("npx", [...create, ...global]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "succeeded", result: { a: 1 } });
  });

  it("has a client that compiles strictly and runs", async () => {
    await writeFile(
      path.join(home, "consumer.ts"),
      `import { OperationsClient, RequestError, type Operation } from "edge-operations/client";

const [url = "", token = ""] = process.argv.slice(2);
const client = new OperationsClient({ url, token });
const created: Operation = await client.create({ kind: "echo", input: { hello: "world" } });
const ended = await client.waitFor(created.id, { timeout: "30s" });
if (ended.status === "failed") throw new Error(ended.error.message);
const listed: string[] = [];
for await (const operation of client.list({ kinds: ["echo"] })) listed.push(operation.id);
const refused = await client.get("none").catch((error: unknown) => error);
console.log(JSON.stringify({
  status: ended.status,
  listed: listed.includes(created.id),
  code: refused instanceof RequestError ? refused.code : "none",
}));
`,
    );
    const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"];
    const target = ["--target", "es2024", "--module", "nodenext", "--skipLibCheck", "false"];
    const types = [
      "--lib",
      "es2024,dom",
      "--types",
      "node",
      "--typeRoots",
      path.join(root, "node_modules/@types"),
    ];
    await run(process.execPath, [compiler, ...strict, ...target, ...types, "consumer.ts"]);
    const { stdout } = await run("node", ["consumer.js", served.url, "test-token"]);
    expect(JSON.parse(stdout)).toEqual({
      status: "succeeded",
      listed: true,
      code: "operation-not-found",
    });
  });
});

async function run(program: string, args: readonly string[], cwd = home) {
  try {
    return await execute(program, args, { cwd, env: usersEnvironment() });
  } catch (error) {
    const { stdout, stderr, message } = error as {
      stdout: string;
      stderr: string;
      message: string;
    };
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** This process's environment without the paths and settings that npm scripts add to it. */
function usersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_|^(INIT_CWD|NODE_ENV|VITEST.*)$/.test(name),
  );
  const paths = (process.env.PATH ?? "").split(path.delimiter);
  const PATH = paths
    .filter((entry) => !/node_modules|node-gyp-bin/.test(entry))
    .join(path.delimiter);
  return { ...Object.fromEntries(kept), PATH };
}
