import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperationsClient } from "../../src/client/index.ts";
import { type Installed, installedExample } from "./installed.ts";
import { oneFile, wrong } from "./users-code.ts";

// The package as a user gets it: packed here, installed by npm in a copy of examples/hono, and built,
// checked, tested and served there by the programs that the example names.

let installed: Installed;
let dev: { readonly url: string; readonly child: ChildProcess };

beforeAll(async () => {
  installed = await installedExample();
  await writeFile(path.join(installed.directory, ".dev.vars"), "TOKEN=test-token\n");
  await installed.run("npx", ["wrangler", "types"]);
  dev = await startDev();
}, 400_000);

afterAll(async () => {
  // wrangler has children of its own; it ends them.
  dev?.child.kill("SIGINT");
  await installed?.remove();
});

describe("npm install of the package", () => {
  it("adds it and at most three others, with neither sources nor a Node of its own", async () => {
    await mkdir(at("empty"));
    await writeFile(at("empty/package.json"), "{}");
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
    await installed.run("npm", [
      "install",
      "--prefix",
      "empty",
      ...quiet,
      `./${installed.tarball}`,
    ]);
    const lock = JSON.parse(await readFile(at("empty/package-lock.json"), "utf8"));
    const added = Object.keys(lock.packages).filter((name) => name !== "");
    expect(added).toContain("node_modules/edge-operations");
    expect(added.length).toBeLessThanOrEqual(1 + 3);
    expect((await readdir(at("node_modules/edge-operations"))).sort()).toEqual([
      "LICENSE",
      "README.md",
      "dist",
      "package.json",
    ]);
    const modules = await readdir(at("node_modules"));
    expect(modules.filter((name) => name.startsWith("node-"))).toEqual([]);
  });
});

describe("examples/hono", () => {
  it("type-checks, and a wrong kind, input, option is an error", async () => {
    await writeFile(at("src/wrong.ts"), wrong);
    await installed.run("npx", ["tsc"]);
    const lines = wrong.split("\n").filter((line) => !line.includes("@ts-expect-error"));
    await writeFile(at("src/wrong.ts"), lines.join("\n"));
    const failed = await installed.run("npx", ["tsc"]).catch((error: Error) => error);
    await writeFile(at("src/wrong.ts"), "export {};\n");
    const errors = String(failed).match(/src\/wrong\.ts\(\d+,\d+\): error/g) ?? [];
    expect(errors).toHaveLength(wrong.split("@ts-expect-error").length - 1);
  });

  it.each([
    ["bundler", ["--module", "esnext", "--skipLibCheck", "false"]],
    // wrangler's own types are wrong there.
    ["nodenext", ["--module", "nodenext", "--skipLibCheck", "true"]],
  ])("type-checks with moduleResolution %s", async (resolution, more) => {
    await writeFile(at("one-file.ts"), oneFile);
    const strict = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"];
    const libraries = ["--lib", "es2024", "--types", "./worker-configuration.d.ts"];
    const target = ["--target", "es2024", "--noEmit", "--ignoreConfig"];
    await installed.run("npx", [
      "tsc",
      ...[...strict, ...libraries, ...target, ...more, "--moduleResolution", resolution],
      "one-file.ts",
    ]);
  });

  it("builds", async () => {
    const { stdout } = await installed.run("npx", ["wrangler", "deploy", "--dry-run"]);
    expect(stdout).toContain("OperationsObject");
    expect(stdout).toMatch(/Read \d+ files from the assets directory/);
  });

  it("passes its own tests under Vitest, by edge-operations/testing", async () => {
    const reporter = ["--reporter=json", "--outputFile=report.json"];
    await installed.run("npx", ["vitest", "run", ...reporter]);
    expect(JSON.parse(await readFile(at("report.json"), "utf8"))).toMatchObject({
      success: true,
      numFailedTests: 0,
      numPassedTests: 3,
    });
  });

  it("serves its API and its own paths under wrangler dev", async () => {
    const client = new OperationsClient({ url: dev.url, token: "test-token" });
    const input = { url: "https://pictures.example/cat.png", width: 200 };
    expect(await client.run("resize", input)).toEqual({ bytes: 600 });
    const made = await fetch(`${dev.url}/pictures`, {
      method: "POST",
      body: JSON.stringify(input),
    });
    expect([made.status, await made.json()]).toEqual([202, { id: expect.stringMatching(/^\w+$/) }]);
    const bad = await fetch(`${dev.url}/pictures`, { method: "POST", body: "no JSON" });
    expect([bad.status, await bad.json()]).toEqual([400, { error: "The body must be JSON" }]);
    expect((await fetch(`${dev.url}/nothing`)).status).toBe(404);
  });

  it("has its kind's schema in openapi.json", async () => {
    const headers = { authorization: "Bearer test-token" };
    const response = await fetch(`${dev.url}/api/v1/openapi.json`, { headers });
    const { components } = (await response.json()) as { components: { schemas: object } };
    expect(components.schemas).toMatchObject({
      "kind.resize.input": { required: ["url", "width"] },
      "kind.resize.output": { required: ["bytes"] },
    });
  });

  it("serves the page and the page of the API, which came with the package", async () => {
    for (const page of ["/static/", "/static/docs/", "/static/dashboard.js"]) {
      expect((await fetch(`${dev.url}${page}`)).status).toBe(200);
    }
  });
});

describe("kubecfg of the package", () => {
  it("says how it is used", async () => {
    const { stdout } = await installed.run("npx", ["kubecfg", "--help"]);
    expect(stdout).toMatch(/^Usage: kubecfg /);
  });

  it("asks a service", async () => {
    const input = '{"url":"https://pictures.example/cat.png","width":2}';
    const create = ["kubecfg", "create", "resize", "--input", input, "--wait", "30s"];
    const global = ["--host", dev.url, "--token", "test-token", "-o", "json"];
    const { stdout } = await installed.run("npx", [...create, ...global]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "succeeded", result: { bytes: 6 } });
  });
});

describe("edge-operations/client of the package", () => {
  it("runs on Node by itself", async () => {
    await writeFile(
      at("client.mjs"),
      `import { OperationsClient, RequestError } from "edge-operations/client";
const client = new OperationsClient({ url: process.argv[2], token: "test-token" });
const input = { url: "https://pictures.example/cat.png", width: 1 };
const created = await client.create({ kind: "resize", input });
const ended = await client.waitFor(created.id, { timeout: "30s" });
const refused = await client.get("none").catch((error) => error);
console.log(JSON.stringify([ended.status, refused instanceof RequestError && refused.code]));
`,
    );
    const { stdout } = await installed.run("node", ["client.mjs", dev.url]);
    expect(JSON.parse(stdout)).toEqual(["succeeded", "operation-not-found"]);
  });
});

function at(file: string): string {
  return path.join(installed.directory, file);
}

async function startDev(): Promise<typeof dev> {
  const wrangler = at("node_modules/wrangler/bin/wrangler.js");
  const args = ["dev", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"];
  const child = spawn("node", [wrangler, ...args, "--show-interactive-dev-session=false"], {
    cwd: installed.directory,
    env: installed.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url !== undefined) {
      child.stdout.resume();
      child.stderr.resume();
      return { url, child };
    }
  }
  throw new Error(`wrangler dev ended: ${said.join("\n")}`);
}
