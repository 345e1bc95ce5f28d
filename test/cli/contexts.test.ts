import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  checkedContext,
  contextsPath,
  readContexts,
  saveContexts,
  withContext,
  withoutContext,
} from "../../src/cli/settings/contexts.ts";
import { emptyHome, kubecfg, rowsOf } from "./kubecfg.ts";

const warnings: string[] = [];
const warn = (text: string) => warnings.push(text);
let home = "";
beforeEach(() => {
  home = emptyHome();
  vi.stubEnv("XDG_CONFIG_HOME", home);
  warnings.length = 0;
});

const one = { host: "http://localhost:1", token: "t" };
const saved = withContext({ contexts: {} }, "default", one);
const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe("the saved contexts", () => {
  it("are a file of 0600 in a directory of 0700, with nothing left beside it", async () => {
    const file = await saveContexts(saved);
    expect(file).toBe(contextsPath());
    expect(await modeOf(file)).toBe("600");
    expect(await modeOf(path.dirname(file))).toBe("700");
    const two = withContext(saved, "two", { host: "http://localhost:2" });
    await saveContexts(two);
    expect(await readContexts(warn)).toEqual({
      current: "two",
      contexts: { default: one, two: { host: "http://localhost:2" } },
    });
    expect(await readdir(path.dirname(file))).toEqual(["contexts.json"]);
    expect(warnings).toEqual([]);
  });

  it("are mended, with a warning, where others can read them", async () => {
    const file = await saveContexts(saved);
    await chmod(file, 0o644);
    expect(await readContexts(warn)).toEqual(saved);
    expect(await modeOf(file)).toBe("600");
    expect(warnings).toEqual([expect.stringMatching(/^Others could read /)]);
  });

  it("mend the directory when they are saved", async () => {
    await mkdir(path.dirname(contextsPath()), { recursive: true, mode: 0o755 });
    await chmod(path.dirname(contextsPath()), 0o755);
    expect(await modeOf(path.dirname(await saveContexts(saved)))).toBe("700");
  });

  it.each([
    '{"contexts":{"a":{"host":1}}}',
    '{"contexts":{"../a":{"host":"http://localhost"}}}',
    '{"contexts":[]}',
    "[]",
    "",
  ])("are refused as %j, which stays as it is", async (text) => {
    const file = await saveContexts(saved);
    await writeFile(file, text);
    await expect(readContexts(warn)).rejects.toMatchObject({ status: 2 });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("have the login of an older kubecfg as default, until they are saved", async () => {
    const folder = path.dirname(contextsPath());
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, "login.json"), JSON.stringify(one), { mode: 0o600 });
    const old = await readContexts(warn);
    expect(old).toEqual(saved);
    await saveContexts(withoutContext(old, "default"));
    expect(await readdir(folder)).toEqual(["contexts.json"]);
    expect(await readContexts(warn)).toEqual({ contexts: {} });
  });

  it.each(["", "a b", "-a", "a/b", "__proto__", "ä", "a".repeat(64)])("have no name %j", (name) => {
    expect(() => checkedContext(name)).toThrow("Invalid context name");
  });
});

describe("kubecfg config", () => {
  const run = (args: readonly string[], input?: string) =>
    kubecfg(["config", ...args], {
      env: { XDG_CONFIG_HOME: home },
      ...(input !== undefined && { input }),
    });

  it("keeps several contexts, shows no token, and says which one is in use", async () => {
    await run(["set-context", "prod", "--host", "ops.example.com", "--token", "-"], "s3cret\n");
    await run(["set-context", "local", "--host", "localhost:8787", "--base-path", "/ops"]);
    const listed = await run(["get-contexts"]);
    expect(listed.stdout + listed.stderr).not.toContain("s3cret");
    expect(rowsOf(listed.stdout)).toEqual([
      ["CURRENT", "NAME", "HOST", "BASE PATH", "TOKEN"],
      ["*", "prod", "https://ops.example.com", "/api", "saved"],
      ["-", "local", "http://localhost:8787", "/ops", "-"],
    ]);
    expect((await run(["use-context", "local"])).status).toBe(0);
    expect((await run(["current-context", "-o", "id"])).stdout).toBe("local\n");
    expect((await run(["delete-context", "local"])).stderr).toBe(
      "kubecfg: There is no current context now\n",
    );
    expect(await run(["current-context"])).toMatchObject({ status: 1, stdout: "" });
    expect((await run(["get-contexts", "-o", "id"])).stdout).toBe("prod\n");
  });

  it("forgets a token whose context gets another host", async () => {
    await run(["set-context", "prod", "--host", "a.example.com", "--token", "-"], "s3cret");
    const moved = await run(["set-context", "prod", "--host", "b.example.com"]);
    expect(moved.stderr).toContain(
      "The token of prod was for https://a.example.com, and was deleted",
    );
    expect(await readFile(contextsPath(), "utf8")).not.toContain("s3cret");
  });

  it.each([
    [["use-context", "nowhere"], 'Cannot find the context "nowhere": none is saved'],
    [["delete-context", "nowhere"], 'Cannot find the context "nowhere": none is saved'],
    [["set-context", "new"], 'The new context "new" needs a --host'],
    [["set-context", "a/b", "--host", "x"], 'Invalid context name "a/b"'],
  ])("refuses %j with status 2", async (args, message) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});
