import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyHome, entry, environmentOf } from "./kubecfg.ts";
import { programOnTerminal, type Terminal } from "./terminal.ts";

// The scripts in the shells that they are for, asked as a user does: by the Tab key. With CI set each
// has to be there; elsewhere those that are not are left out.

const isThere = (shell: string) => existsSync(`/usr/bin/${shell}`) || process.env.CI !== undefined;

const kinds = {
  kinds: ["echo", "resize"].map((kind) => ({ kind, engine: "code", description: `does ${kind}` })),
};
const operations = [
  ["01aaaaaaaa", "running", { customer: "42" }],
  ["01bbbbbbbb", "succeeded", { customer: "7", stage: "test" }],
  // What a shell would run, or take for two words or two candidates.
  ["02aaaaaaaa", "failed", { evil: "$(touch trap)", worse: "`touch trap`", more: "a;touch trap" }],
  ["02bbbbbbbb", "canceled", { apart: "a b", lines: "a\nlines=b", escape: "\u001b[31m" }],
].map(([id, status, labels]) => ({ id, kind: "echo", status, labels }));

let service: Server;
let environment: Record<string, string>;
/** The directory in which the shells run; it has a file to offer. */
let home: string;

beforeAll(async () => {
  service = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const wanted = searchParams.getAll("status").flatMap((text) => text.split(","));
    const listed = operations.filter(
      ({ status }) => wanted.length === 0 || wanted.includes(String(status)),
    );
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(pathname.endsWith("/kinds") ? kinds : { operations: listed }));
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  home = emptyHome();
  const bin = path.join(home, "bin");
  await mkdir(bin);
  const program = path.join(bin, "kubecfg");
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
  await chmod(program, 0o755);
  await writeFile(path.join(home, "notes.txt"), "");
  const { port } = service.address() as AddressInfo;
  environment = environmentOf({
    PATH: `${bin}:${process.env.PATH}`,
    XDG_CONFIG_HOME: home,
    KUBECFG_HOST: `http://127.0.0.1:${port}`,
    KUBECFG_TOKEN: "t",
  });
});
afterAll(() => {
  service.closeAllConnections();
  service.close();
});

/** How a shell is started that reads no file of the user's, and learns kubecfg's completion. */
const starts: Readonly<Record<string, { args: string[]; learn: string }>> = {
  bash: { args: ["--norc", "--noprofile", "-i"], learn: "source <(kubecfg completion bash)" },
  zsh: {
    args: ["-f", "-i"],
    learn: "autoload -Uz compinit; compinit -u -D; source <(kubecfg completion zsh)",
  },
};

describe.each(["bash", "zsh"].filter(isThere))("in %s", (shell) => {
  let terminal: Terminal;
  beforeAll(async () => {
    const { args = [], learn = "" } = starts[shell] ?? {};
    const env = { ...environment, PS1: "> ", PROMPT: "> ", HISTFILE: "" };
    terminal = programOnTerminal(`/usr/bin/${shell}`, args, { env, columns: 200 });
    terminal.type(`cd ${home}; ${learn}; echo read''y\r`);
    await terminal.seen(/^ready\b/m);
  });
  afterAll(() => terminal.type("exit\r"));

  let count = 0;
  it.each([
    ["kubecfg expl", "kubecfg explain"],
    ["kubecfg cancel --fo", "kubecfg cancel --force"],
    ["kubecfg explain res", "kubecfg explain resize"],
    ["kubecfg list --kind ec", "kubecfg list --kind echo"],
    ["kubecfg list --kind=ec", "kubecfg list --kind=echo"],
    ["kubecfg cancel 01", "kubecfg cancel 01aaaaaaaa"],
    ["kubecfg delete 01", "kubecfg delete 01bbbbbbbb"],
    ["kubecfg list -l st", "kubecfg list -l stage=test"],
    ["kubecfg list -l customer=4", "kubecfg list -l customer=42"],
    // What is more than a word is not offered.
    ["kubecfg list -l ev", "kubecfg list -l ev"],
    ["kubecfg list -l wor", "kubecfg list -l wor"],
    ["kubecfg list -l mor", "kubecfg list -l mor"],
    ["kubecfg list -l apa", "kubecfg list -l apa"],
    ["kubecfg list -l lin", "kubecfg list -l lin"],
    ["kubecfg list -l esc", "kubecfg list -l esc"],
    // No file where none is meant.
    ["kubecfg get no", "kubecfg get no"],
    ["kubecfg create echo --ttl no", "kubecfg create echo --ttl no"],
    ["kubecfg result 01bbbbbbbb -o no", "kubecfg result 01bbbbbbbb -o notes.txt"],
  ])("Tab makes of %j %j", async (typed, line) => {
    count += 1;
    // The line is printed in the place of being run, with a bar at its end.
    terminal.type(`${typed}\t|\x01printf '<${count} %s>' '\x05'\r`);
    const text = await terminal.seen(new RegExp(`^<${count} [^>\n]*\\|>`, "m"));
    // A shell may take the space back that it has put behind the word.
    expect(new RegExp(`^<${count} ([^>\n]*?) ?\\|>`, "m").exec(text)?.[1]).toBe(line);
  });
});

describe.runIf(isThere("fish"))("in fish", () => {
  it.each([
    ["kubecfg expl", ["explain"]],
    ["kubecfg cancel --fo", ["--force"]],
    ["kubecfg explain res", ["resize"]],
    ["kubecfg list --kind=ec", ["--kind=echo"]],
    ["kubecfg cancel 01", ["01aaaaaaaa"]],
    ["kubecfg list -l customer=", ["customer=42", "customer=7"]],
    ["kubecfg list -l ev", []],
    ["kubecfg get no", []],
    ["kubecfg result 01bbbbbbbb -o no", ["notes.txt"]],
  ])("offers for %j %j", async (typed, offers) => {
    const script = `kubecfg completion fish | source; complete -C ${JSON.stringify(typed)}`;
    const { stdout } = await promisify(execFile)("/usr/bin/fish", ["--no-config", "-c", script], {
      env: environment,
      cwd: home,
    });
    const lines = stdout.split("\n").filter((line) => line !== "");
    expect(lines.map((line) => line.split("\t")[0]).sort()).toEqual([...offers].sort());
  });
});
