import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { lockState } from "../../../src/local/state/lock.ts";

const module = path.resolve(import.meta.dirname, "../../../src/local/state/lock.ts");
const fresh = () => mkdtemp(path.join(tmpdir(), "state-lock-"));

it("a state directory is one process's, until that ends, by SIGKILL too", async () => {
  const directory = await fresh();
  const code = `import { lockState } from ${JSON.stringify(module)}; lockState(${JSON.stringify(directory)}); console.log("locked"); setInterval(() => undefined, 1000);`;
  const other = spawn(process.execPath, ["--input-type=module", "-e", code]);
  await once(other.stdout, "data");
  expect(() => lockState(directory)).toThrow(
    `Cannot use ${directory}: another process is serving it`,
  );
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(() => lockState(directory)).not.toThrow();
});

it("a state directory whose restore was cut off is refused", async () => {
  const directory = await fresh();
  await writeFile(path.join(directory, ".restoring"), "");
  expect(() => lockState(directory)).toThrow("a restore into it was interrupted");
});
