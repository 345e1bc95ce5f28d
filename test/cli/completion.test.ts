import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { emptyHome, entry, environmentOf, kubecfg } from "./kubecfg.ts";

/** A directory with a `kubecfg` in it, as the package's bin would be. */
let bin: string;
beforeAll(async () => {
  bin = emptyHome();
  const script = `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`;
  await writeFile(path.join(bin, "kubecfg"), script);
  await chmod(path.join(bin, "kubecfg"), 0o755);
});

/** What bash, with the script sourced, offers for the last of some words. */
async function completed(words: readonly string[]): Promise<string[]> {
  const script = `
    source <(kubecfg completion bash) && source <(kubecfg completion bash)
    unset COMP_WORDS; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    [[ $(complete -p kubecfg) == *"-F _kubecfg_complete kubecfg" ]] || exit 1
    _kubecfg_complete kubecfg
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script, "bash", ...words], {
    env: environmentOf({ PATH: `${bin}:${process.env.PATH}`, XDG_CONFIG_HOME: bin }),
  });
  return stdout.split("\n").filter((line) => line !== "");
}

describe("kubecfg completion bash", () => {
  it.each([
    [["kubecfg", "li"], ["list"]],
    [
      ["kubecfg", "w"],
      ["wait", "watch", "webhook-secret"],
    ],
    [
      ["kubecfg", "ex"],
      ["explain", "export"],
    ],
    [["kubecfg", "rer"], ["rerun"]],
    [["kubecfg", "cancel", "--fo"], ["--force"]],
    [["kubecfg", "delete", "--all", "--status", "su"], ["succeeded"]],
    [["kubecfg", "token", "n"], ["new"]],
    [["kubecfg", "list", "--st"], ["--status"]],
    [["kubecfg", "list", "--status", "su"], ["succeeded"]],
    [
      ["kubecfg", "list", "-o", "j"],
      ["json", "jsonpath="],
    ],
    [["kubecfg", "list", "--output", "=", "y"], ["yaml"]],
    [
      ["kubecfg", "list", "--order", "="],
      ["asc", "desc"],
    ],
    [["kubecfg", "create", "echo", "--cancel"], ["--cancel-on-interrupt"]],
    [["kubecfg", "completion", "z"], ["zsh"]],
    [["kubecfg", "cancel", "--all", "--status", "pending,r"], ["pending,running"]],
    [["kubecfg", "config", "us"], ["use-context"]],
    [["kubecfg", "result", "-o", "x"], []],
    [["kubecfg", "create", "echo", "--idempotency-key", ""], []],
  ])("offers for %j %j", async (words, offers) => {
    expect(await completed(words)).toEqual(offers);
  });

  it("runs nothing that stands on the line", async () => {
    const trap = path.join(bin, "trap");
    expect(await completed(["kubecfg", `$(touch ${trap})`, `;touch ${trap};`, ""])).toEqual([]);
    await expect(promisify(execFile)("ls", [trap])).rejects.toThrow();
  });
});

describe("kubecfg completion", () => {
  it.each([
    ["zsh", /^#compdef kubecfg\n[\s\S]*\n_kubecfg\(\) \{[\s\S]*kubecfg complete -- /],
    ["fish", /complete -c kubecfg /],
    ["powershell", /Register-ArgumentCompleter/],
  ])("writes a script for %s that asks kubecfg complete", async (shell, script) => {
    const { status, stdout, stderr } = await kubecfg(["completion", shell]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(script);
    expect(stdout).not.toMatch(/undefined|NaN|\[object/);
  });

  it("offers in its help and its message the same shells", async () => {
    const shells = "bash, zsh, fish or powershell";
    expect((await kubecfg(["completion", "tcsh"])).stderr).toBe(
      `kubecfg: Unsupported shell "tcsh": must be ${shells}\n`,
    );
    const help = (await kubecfg(["completion", "--help"])).stdout.replaceAll(/\s+/g, " ");
    expect(help).toContain(`command line: ${shells}`);
  });

  it.each([[["tcsh"]], [[]]])("ends with status 2 for %j", async (args) => {
    expect(await kubecfg(["completion", ...args])).toMatchObject({ status: 2, stdout: "" });
  });

  it("hides what its scripts ask", async () => {
    expect((await kubecfg(["--help"])).stdout).not.toMatch(/^ +complete\b/m);
  });
});
