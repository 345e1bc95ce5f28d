import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { emptyHome, type RunOptions } from "../cli/kubecfg.ts";
import { onTerminal } from "../cli/terminal.ts";
import { until } from "./client.ts";
import { serving } from "./serving.ts";

const on = serving({ env: { EXTERNAL_KINDS: "resize" } });

const open = (args: readonly string[], { env, ...more }: RunOptions & { columns?: number } = {}) =>
  onTerminal(args, {
    ...more,
    env: { KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token, ...env },
  });

async function make(input: unknown = { outcome: "hang" }, labels = {}): Promise<string> {
  return (await on.client.create({ kind: "simulate", input, labels })).body.id;
}

/** Of an external kind, so that it stands where the test has it for as long as that is looked at. */
async function makeExternal(): Promise<string> {
  return (await on.client.create({ kind: "resize" })).body.id;
}

async function ask(action: string, body: unknown, method = "POST"): Promise<void> {
  const url = `/api/v1/operations${action}`;
  const { status } = await on.client.json(url, { method, body: JSON.stringify(body) });
  expect(status).toBe(200);
}

/** Begins all that is of the external kind, with nobody who would end it. */
const begin = () => ask(":claim", { kinds: ["resize"], max: 10, lease: "1h" });
const report = (id: string) =>
  ask(`/${id}`, { attempt: 1, percentComplete: 50, statusMessage: "step 2 of 4" }, "PATCH");
const complete = (id: string) => ask(`/${id}:complete`, { attempt: 1, result: 1 });

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour is one
const colour = /\u001b\[\d*m/;
const bar = /[█░]{20}/;

describe("kubecfg on a terminal", () => {
  it("has colour, unless NO_COLOR, and tables as wide as it is", async () => {
    const id = await make({ message: "x".repeat(200), outcome: "fail" });
    await on.client.ended(id);
    const painted = open(["get", id]);
    expect((await painted.ended).text).toContain(id);
    expect(painted.raw).toMatch(colour);
    const plain = open(["get", id], { env: { NO_COLOR: "1" }, columns: 90 });
    const { status, text } = await plain.ended;
    expect(status).toBe(0);
    expect(plain.raw).not.toMatch(colour);
    const lines = text.trimEnd().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
    expect(lines[1]).toMatch(/…$/);
  });

  it("shows a bar with percent and elapsed time while it waits, then the table", async () => {
    const terminal = open(["create", "resize", "-l", "wait=bar", "--wait", "1h"]);
    const [made] = await until(
      () => on.client.list({ label: "wait:bar" }),
      (found) => found.length > 0,
    );
    const id = made?.id ?? "";
    await begin();
    await report(id);
    await terminal.seen(/█{10}░{10} +50% +\d+s +step 2 of 4/);
    await complete(id);
    const { status, text } = await terminal.ended;
    expect(status).toBe(0);
    expect(text).toMatch(/ID +KIND +STATUS[\s\S]*resize +succeeded +100%/);
    expect(text.slice(text.lastIndexOf("STATUS"))).not.toMatch(bar);
  });

  it("keeps percent, elapsed time and message on 80 columns", async () => {
    const id = await makeExternal();
    await begin();
    await report(id);
    const terminal = open(["wait", id], { columns: 80 });
    await terminal.seen(new RegExp(`${id} +resize +running +50%  \\d+s +step 2 of 4`));
    await complete(id);
    expect((await terminal.ended).status).toBe(0);
  });

  it("shows a bar for each of those waited for", async () => {
    const ids = [await makeExternal(), await makeExternal()];
    await begin();
    await report(ids[0] ?? "");
    const terminal = open(["wait", ...ids]);
    await terminal.seen(new RegExp(`${ids[0]}.* [█░]{20}[\\s\\S]*${ids[1]}.* [█░]{20}`));
    await Promise.all(ids.map(complete));
    expect((await terminal.ended).status).toBe(0);
  });

  it("tells on Ctrl-C how to go on waiting, and leaves the operation alone", async () => {
    const id = await make();
    const terminal = open(["wait", id]);
    await terminal.seen(bar);
    terminal.type("\x03");
    const { status, text } = await terminal.ended;
    expect(status).toBe(130);
    expect(text).toContain(`continue to wait with: kubecfg wait ${id}`);
    expect((await on.client.get(id)).body).not.toHaveProperty("cancelRequestedAt");
  });

  it("cancels on Ctrl-C what create --wait made, where it was told to", async () => {
    const input = '{"outcome":"hang"}';
    const flags = ["--wait", "1h", "--cancel-on-interrupt", "-l", "made=here"];
    const terminal = open(["create", "simulate", "--input", input, ...flags]);
    await terminal.seen(bar);
    terminal.type("\x03");
    const { status, text } = await terminal.ended;
    expect(status).toBe(130);
    const [made] = await on.client.list({ label: "made:here" });
    expect(text).toContain(`Asked to cancel ${made?.id}`);
    expect(text.slice(text.lastIndexOf("MESSAGE"))).toContain("cancel requested");
    expect((await on.client.ended(made?.id ?? "")).status).toBe("canceled");
  });

  it("leaves at once on a second Ctrl-C", async () => {
    // Nothing answers there, so canceling would take its time.
    const id = await make();
    const terminal = open(["wait", id, "--cancel-on-interrupt"]);
    await terminal.seen(bar);
    process.kill(on.served.pid, "SIGSTOP");
    try {
      terminal.type("\x03");
      // It has heard that when it takes its board away.
      await until(
        async () => terminal.raw,
        (raw) => /\^C[\s\S]/.test(raw),
      );
      terminal.type("\x03");
      const { status, text } = await terminal.ended;
      expect(status).toBe(130);
      // That is what it says when it has tried for long enough.
      expect(text).not.toContain("Cannot cancel");
    } finally {
      process.kill(on.served.pid, "SIGCONT");
    }
  });
});

describe("kubecfg watch on a terminal", () => {
  it("is a table that moves, for all operations, until Ctrl-C", async () => {
    const labels = { watch: "terminal" };
    const first = await make({ duration: "60s", steps: 100 }, labels);
    const terminal = open(["watch", "-l", "watch=terminal"]);
    await terminal.seen(new RegExp(`${first}  simulate  running .* [█░]{20} +\\d+%  \\d+s +step`));
    await terminal.seen(/Watching; press Ctrl-C to stop/);
    const second = await make({ outcome: "fail" }, labels);
    await terminal.seen(
      new RegExp(`${second}  simulate  failed +\\d+s +simulated: Failed as requested`),
    );
    terminal.type("\x03");
    const { status, text } = await terminal.ended;
    expect(status).toBe(130);
    // What it showed last stays.
    expect(text.slice(text.lastIndexOf(first))).toContain(second);
    await on.client.cancel(first);
  });

  it("drops the row of what is deleted", async () => {
    const labels = { watch: "deleted" };
    const first = await make({ duration: "60s" }, labels);
    const terminal = open(["watch", "-l", "watch=deleted"]);
    await terminal.seen(new RegExp(`${first}  simulate  running`));
    const second = await make({ outcome: "fail" }, labels);
    await terminal.seen(new RegExp(`${second}  simulate  failed`));
    await on.client.raw(`/api/v1/operations/${second}`, { method: "DELETE" });
    const last = () => terminal.raw.slice(terminal.raw.lastIndexOf(first));
    await until(
      async () => last(),
      (text) => text.includes("press Ctrl-C to stop") && !text.includes(second),
    );
    terminal.type("\x03");
    expect((await terminal.ended).status).toBe(130);
    expect(last()).not.toContain(second);
    await on.client.cancel(first);
  });

  it("ends with the operation that it watches, with its status", async () => {
    const id = await makeExternal();
    await begin();
    await report(id);
    const terminal = open(["watch", id]);
    await terminal.seen(/█{10}░{10} +50%/);
    const error = { code: "simulated", message: "Failed as requested" };
    await ask(`/${id}:fail`, { attempt: 1, error, retryable: false });
    const { status, text } = await terminal.ended;
    expect(status).toBe(1);
    expect(text).toMatch(/failed +\d+s +simulated: Failed as requested/);
  });

  it("makes harmless what clients sent", async () => {
    const message = "\u001b]0;owned\u0007\u001b[2J";
    const id = await make({ outcome: "fail", message });
    await on.client.ended(id);
    const terminal = open(["watch", id]);
    await terminal.ended;
    expect(terminal.raw).not.toContain("\u001b]0;");
    expect(terminal.raw).not.toContain("\u0007");
    expect(terminal.raw).toContain("\\x1b]0;owned\\x07\\x1b[2J");
  });
});

describe("kubecfg login on a terminal", () => {
  it("asks for host and token, hides the token, and saves both", async () => {
    const home = emptyHome();
    const env = { KUBECFG_HOST: "", KUBECFG_TOKEN: "", XDG_CONFIG_HOME: home };
    const terminal = open(["login"], { env });
    await terminal.seen(/Host/);
    terminal.type(`\u0015${on.served.url}\r`);
    await terminal.seen(/Token/);
    terminal.type(`${on.client.token}\r`);
    const { status, text } = await terminal.ended;
    expect(status).toBe(0);
    expect(text).not.toContain(on.client.token);
    const file = path.join(home, "kubecfg", "contexts.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
      current: "default",
      contexts: { default: { host: on.served.url, token: on.client.token } },
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await open(["kinds"], { env }).ended).text).toContain("simulate");
  });

  it("ends with 3 for a wrong token, and with 130 on Ctrl-C, saving nothing", async () => {
    const env = { KUBECFG_TOKEN: "", XDG_CONFIG_HOME: emptyHome() };
    const wrong = open(["login"], { env });
    await wrong.seen(/Token/);
    wrong.type("wrong\r");
    const { status, text } = await wrong.ended;
    expect(status).toBe(3);
    expect(text).toContain(`${on.served.url} does not accept the token (from what was typed)\r\n`);
    const left = open(["login"], { env });
    await left.seen(/Token/);
    left.type("\x03");
    expect((await left.ended).status).toBe(130);
    expect((await open(["kinds"], { env }).ended).text).toContain("Not logged in");
  });
});

describe("kubecfg input on a terminal", () => {
  it("asks what the operation asks", async () => {
    const id = await make({ outcome: "ask", message: "How many?" });
    await until(
      () => on.client.get(id),
      ({ body }) => body.status === "input_required",
    );
    const terminal = open(["input", id]);
    await terminal.seen(/How many\? \(JSON\)/);
    terminal.type("nope\r");
    await terminal.seen(/That is not JSON: a string needs quotes, "nope"/);
    terminal.type('\u0015{"n":3}\r');
    expect((await terminal.ended).status).toBe(0);
    expect((await on.client.ended(id)).result).toEqual({ answer: { n: 3 } });
  });
});

describe("kubecfg result on a terminal", () => {
  it("shows text without its escapes", async () => {
    const id = await make({ value: "\u001b[2Jtext" });
    await on.client.ended(id);
    const shown = open(["result", id]);
    expect((await shown.ended).status).toBe(0);
    expect(shown.raw).not.toContain("\u001b[2J");
  });
});
