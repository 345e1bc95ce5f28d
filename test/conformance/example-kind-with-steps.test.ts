import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../house/documents.ts";
import { inMiniflare } from "../library/in-miniflare.ts";

const example = path.join(root, "examples/kind-with-steps");
const bindings: Record<string, string> = { TOKEN: "secret" };
/** What the bank has said since it listens. */
const said: string[] = [];
let bank: ChildProcess;

beforeAll(async () => {
  const env = { ...process.env, PORT: "0", FAILS: "2" };
  bank = spawn(process.execPath, ["bank.mjs"], {
    cwd: example,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!bank.stdout) throw new Error("The bank has no output");
  const lines = createInterface({ input: bank.stdout });
  const [line] = (await once(lines, "line")) as [string];
  bindings.BANK = line.replace("bank on ", "");
  lines.on("line", (next) => said.push(next));
});

afterAll(() => {
  bank?.kill();
});

async function script(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(example, "src/worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd"],
    external: ["cloudflare:*"],
    alias: { "edge-operations": path.join(root, "src/operations.ts") },
  });
  return outputFiles[0]?.text ?? "";
}

const on = inMiniflare(script, {
  durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } },
  bindings,
});

/** What the one who orders an account is told, line by line. */
async function order(more: Readonly<Record<string, string>>): Promise<string[]> {
  const env = { ...process.env, SERVICE: on.url, TOKEN: "secret", COOL_OFF: "1s", ...more };
  const loader = path.join(import.meta.dirname, "example-client-hook.ts");
  const args = ["--import", loader, "open-account.mjs"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: example, env });
  return stdout.trim().split("\n");
}

it("examples/kind-with-steps: each of its steps is done once, though it waits, asks and fails on its way", async () => {
  const lines = await order({});
  expect(lines).toContain("input_required: Open an account for ada@example.com?");
  expect(lines).toContain("succeeded: accounts-2");
  expect(lines.filter((line) => line.startsWith("attempt "))).toEqual([
    "attempt 1 parked: customer, cool off, approval",
    "attempt 2 succeeded: account",
  ]);
  expect(lines.at(-1)).toBe("Approved for ada@example.com.");
  expect(said).toEqual(["/customers made", "/accounts fails", "/accounts fails", "/accounts made"]);
});

it("examples/kind-with-steps: what is done is undone where somebody says no", async () => {
  const before = said.length;
  const lines = await order({ ANSWER: "no" });
  expect(lines).toContain("failed: Not approved");
  expect(said.slice(before)).toEqual(["/customers made", "/customers/close made"]);
});
