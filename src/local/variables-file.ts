import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Variables } from "./configuration.ts";

/**
 * writeVariables writes variables to a file for wrangler's `--env-file`, and returns its path. It is deleted when this
 * process ends, and only its owner can read it: a command line would show secrets to everybody on this machine.
 */
export function writeVariables(variables: Variables): string {
  const directory = mkdtempSync(path.join(tmpdir(), "edge-operations-start-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, "variables");
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}=${quoted(name, value)}\n`,
  );
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return file;
}

/** A value in the syntax of dotenv, which has no escape for a quotation mark, and expands `$`. */
function quoted(name: string, value: string): string {
  const mark = ["'", '"', "`"].find((candidate) => !value.includes(candidate));
  if (mark === undefined || (mark === '"' && value.includes("\\"))) {
    throw new Error(`Cannot pass on ${name}: it contains every kind of quotation mark`);
  }
  return mark + value.replaceAll("$", "\\$") + mark;
}
