import { execFile } from "node:child_process";
import { mkdtemp, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { packageVersion } from "../../../src/base/version.ts";
import { refreshKubecfg } from "../../../src/local/build/package.ts";

it("refreshKubecfg builds it where sources are newer, and then not again", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "refresh-kubecfg-"));
  const program = path.join(directory, "kubecfg.js");
  await writeFile(path.join(directory, "package.json"), '{"type":"module"}');
  await writeFile(path.join(directory, "index.js"), "kept");
  await writeFile(path.join(directory, "kubecfg-OLD.js"), "old");
  await writeFile(program, "old");
  // As after a git pull.
  await utimes(program, 1, 1);
  expect(await refreshKubecfg(directory)).toBe(true);
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--version"]);
  expect(stdout).toBe(`${packageVersion}\n`);
  expect((await stat(program)).mode & 0o111).toBe(0o111);
  expect(await readFile(path.join(directory, "index.js"), "utf8")).toBe("kept");
  await expect(stat(path.join(directory, "kubecfg-OLD.js"))).rejects.toThrow();
  expect(await refreshKubecfg(directory)).toBe(false);
});
