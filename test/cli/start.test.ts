import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyHome, entry, environmentOf } from "./kubecfg.ts";

/** Says on standard error which modules are loaded, and how large they are. */
const spy = `
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
registerHooks({
  load(url, context, next) {
    if (url.startsWith("file:")) {
      process.stderr.write("loaded " + readFileSync(new URL(url)).length + " " + url + "\\n");
    }
    return next(url, context);
  },
});
`;

let spying = "";
beforeAll(async () => {
  spying = path.join(emptyHome(), "spy.mjs");
  await writeFile(spying, spy);
});

async function loadedBy(args: readonly string[]) {
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", spying, entry, ...args],
    { env: environmentOf() },
  );
  const lines = [...stderr.matchAll(/^loaded (\d+) file:\/\/(.*)$/gm)];
  return {
    files: lines.map(([, , file = ""]) => file),
    bytes: lines.reduce((sum, [, size]) => sum + Number(size), 0),
  };
}

/** What asks the service, draws tables, prompts, reads templates, explains schemas or serves. */
const heavy =
  /src\/client\/(?!api-catalog)|output\/table|inquirer|jsonpath|\/yaml\/|log-update|httpxy|schema-text|bomb\.sh/;

describe("what kubecfg loads", () => {
  it.each([
    [["--help"]],
    [["list", "--help"]],
    [["--version"]],
    [["complete", "--", "li"]],
    [["complete", "--", "list", "--status", "su"]],
    [["completion", "bash"]],
  ])("for %j is neither the client nor anything that draws", async (args) => {
    const { files, bytes } = await loadedBy(args);
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
    // Of which commander is 125 KB.
    expect(bytes).toBeLessThan(280_000);
  });

  it("for a command is what that one needs", async () => {
    const { files } = await loadedBy(["config", "get-contexts"]);
    expect(files.filter((file) => /src\/client\/(?!api-catalog)/.test(file))).toEqual([]);
    expect(files.filter((file) => file.includes("/cli/commands/"))).toEqual([
      expect.stringMatching(/own\/config\.ts$/),
    ]);
  });
});
