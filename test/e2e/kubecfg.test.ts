import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { packageVersion } from "../../src/base/version.ts";
import { emptyHome, kubecfg, type Ran, type RunOptions, rowsOf, start } from "../cli/kubecfg.ts";
import { onTerminal } from "../cli/terminal.ts";
import { type Monitor, until } from "./client.ts";
import { serving } from "./serving.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => {
  await upstream.close();
});
const on = serving(() => {
  const upstreams = JSON.stringify({ slow: upstream.url });
  return { env: { EXTERNAL_KINDS: "resize", UPSTREAMS: upstreams } };
});

const access = () => ({ KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token });
const run = (args: readonly string[], options: RunOptions = {}) =>
  kubecfg(args, { ...options, env: { ...access(), ...options.env } });

/** Runs it, and reads its JSON where it ended with `status`. */
async function json<T = Monitor>(status: number, args: readonly string[]): Promise<T> {
  const ran = await run([...args, "-o", "json"]);
  expect([ran.status, ran.stderr]).toEqual([status, status === 0 ? "" : expect.anything()]);
  return JSON.parse(ran.stdout);
}

async function make(input: unknown = { outcome: "hang" }, kind = "simulate"): Promise<string> {
  return (await on.client.create({ kind, input })).body.id;
}

async function makeEnded(input: unknown = {}): Promise<string> {
  const id = await make(input);
  await on.client.ended(id);
  return id;
}

/** The row of a table below its titles, as a record. */
function recordOf({ stdout }: Ran, row = 1): Record<string, string> {
  const [titles = [], ...rows] = rowsOf(stdout);
  const cells = rows[row - 1] ?? [];
  return Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? ""]));
}

const titles = ["ID", "KIND", "STATUS", "DONE", "TOOK", "AGE", "LABELS", "MESSAGE"];

describe("kubecfg create", () => {
  it("answers at once, as a table and as JSON", async () => {
    const args = [
      "create",
      "simulate",
      "--input",
      '{"outcome":"hang"}',
      "-l",
      "a=b",
      "-l",
      "c=d=e",
    ];
    const ran = await run(args);
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(rowsOf(ran.stdout)[0]).toEqual(titles);
    expect(recordOf(ran)).toMatchObject({ KIND: "simulate", LABELS: "a=b,c=d=e" });
    const made = await json(0, [...args, "--metadata", '{"m":1}', "--ttl", "1h"]);
    expect(made).toMatchObject({ labels: { a: "b", c: "d=e" }, metadata: { m: 1 } });
    expect((await on.client.get(made.id)).status).toBe(200);
  });

  it("waits with --wait, and ends with 0, 1 or 4", async () => {
    const create = ["create", "simulate", "--wait"];
    const value = '{"duration":"200ms","value":{"x":1}}';
    expect(await json(0, [...create, "30s", "--input", value])).toMatchObject({
      status: "succeeded",
      result: { x: 1 },
    });
    const failing = await run([...create, "30s", "--input", '{"outcome":"fail","code":"broke"}']);
    expect([failing.status, recordOf(failing).STATUS]).toEqual([1, "failed"]);
    expect(failing.stderr).toMatch(/^kubecfg: Operation \S+ failed: broke: Failed as requested\n$/);
    const late = await run([...create, "300ms", "--input", '{"outcome":"hang"}', "-o", "id"]);
    expect(late.status).toBe(4);
    const id = late.stdout.trim();
    expect(late.stderr).toBe(
      `kubecfg: Timed out after 300ms; not canceled, continue to wait with: kubecfg wait ${id}\n`,
    );
    expect((await on.client.get(id)).body.status).toBe("running");
  });

  it("reads input from standard input and from a file", async () => {
    const args = ["create", "echo", "--wait", "30s", "-o", "jsonpath={.result}"];
    const piped = await run([...args, "--input", "-"], { input: '{"from":"stdin"}' });
    expect([piped.status, piped.stdout]).toEqual([0, '{"from":"stdin"}\n']);
    const file = path.join(emptyHome(), "in.json");
    await writeFile(file, "[1,2]");
    expect((await run([...args, "--input", `@${file}`])).stdout).toBe("[1,2]\n");
  });

  it("sends and prints numbers as they are written, in every format", async () => {
    const numbers = '{"id":9007199254740993,"f":1e400,"all":[1.0,-0,1E5]}';
    const args = ["create", "resize", "--input", numbers, "--metadata", numbers];
    const made = await run([...args, "-o", "json"]);
    expect(made.stdout.replaceAll(/\s/g, "")).toContain(`"metadata":${numbers}`);
    const { id } = JSON.parse(made.stdout) as Monitor;
    const yaml = (await run(["get", id, "-o", "yaml"])).stdout;
    expect(yaml).toContain("metadata:\n  id: 9007199254740993\n  f: 1e400\n  all:\n    - 1.0\n");
    expect((await run(["get", id, "-o", "jsonpath={.metadata.id}"])).stdout).toBe(
      "9007199254740993\n",
    );
    const headers = { authorization: `Bearer ${on.client.token}` };
    const url = `${on.served.url}/api/v1/operations/${id}/input`;
    expect(await (await fetch(url, { headers })).text()).toBe(`{"input":${numbers}}`);
    const other = await run(["create", "echo", "--metadata", "1.0"]);
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining("a JSON object")]);
  });

  it("makes one operation for one idempotency key", async () => {
    const args = ["create", "echo", "--idempotency-key", "k-1", "-o", "id"];
    const [first, second] = [await run(args), await run(args)];
    expect([first.status, second.stdout]).toEqual([0, first.stdout]);
    const other = await run(["create", "simulate", "--idempotency-key", "k-1"]);
    expect([other.status, other.stdout]).toEqual([2, ""]);
  });

  it("tries again as often as --retries says, and starts late with --start-after", async () => {
    const args = ["create", "simulate", "--retries", "1", "--wait", "30s"];
    expect(await json(1, [...args, "--input", '{"outcome":"fail"}'])).toMatchObject({ attempt: 2 });
    const late = await json(0, ["create", "echo", "--start-after", "1h", "--deadline", "2h"]);
    expect(late.status).toBe("pending");
  });

  it.each([
    [["create", "nope"], /Cannot find kind "nope": run kubecfg kinds/],
    [["create", "simulate", "--input", '{"steps":-1}'], /input\.steps/],
    [["create", "simulate", "--input", "{"], /Cannot read --input as JSON: (?!.*its own quotes)/],
    [["create", "echo", "--input", "yes"], /A string needs its own quotes: '"yes"'/],
    [["create", "simulate", "--input", "@/nowhere"], /Cannot read --input from \/nowhere/],
    [["create", "echo", "--wait", "soon"], /Invalid --wait "soon"/],
    [["create", "echo", "--label", "x"], /Invalid --label "x"/],
    [["create", "echo", "--metadata", "[]"], /must be a JSON object/],
    [["create"], /missing required argument 'kind'/],
  ])("ends %j with status 2, one line, and nothing on standard output", async (args, message) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^kubecfg: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
});

describe("kubecfg list", () => {
  it("filters, limits and orders, as table, JSON, YAML, ids and a template", async () => {
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      const labels = { list: "yes", n: String(n) };
      ids.push((await on.client.create({ kind: "echo", input: n, labels })).body.id);
    }
    await Promise.all(ids.map((id) => on.client.ended(id)));
    const list = ["list", "-l", "list=yes", "--order", "asc"];
    const table = await run(list);
    expect([table.status, table.stderr]).toEqual([0, ""]);
    expect(rowsOf(table.stdout).map(([id]) => id)).toEqual(["ID", ...ids]);
    const found = await json<{ operations: Monitor[] }>(0, list);
    expect(found.operations.map(({ id }) => id)).toEqual(ids);
    const yaml = await run([...list, "-o", "yaml"]);
    expect(parse(yaml.stdout)).toEqual(found);
    expect((await run([...list, "-o", "id", "--limit", "2"])).stdout).toBe(
      `${ids[0]}\n${ids[1]}\n`,
    );
    const template = ["-o", "jsonpath={.operations[*].labels.n}"];
    expect((await run(["list", "-l", "list=yes", ...template])).stdout).toBe("3 2 1\n");
    const limited = await run([...list, "--limit", "2"]);
    expect(limited.stderr).toMatch(/There are more than 2: use --limit or --all/);
    const all = [
      ...list,
      "--all",
      "--status",
      "succeeded,failed",
      "--kind",
      "echo",
      "--since",
      "1h",
    ];
    expect((await json<{ operations: Monitor[] }>(0, all)).operations).toHaveLength(3);
  });

  it("finds nothing with status 0, and says so beside the table alone", async () => {
    const none = ["list", "-l", "list=never"];
    expect(await run(none)).toEqual({
      status: 0,
      stdout: "",
      stderr: "kubecfg: No operations found\n",
    });
    expect(await json(0, none)).toEqual({ operations: [] });
  });

  it.each([
    [["--status", "done"]],
    [["--limit", "0"]],
    [["--all", "--limit", "1"]],
    [["--order", "up"]],
    [["--created-after", "yesterday"]],
    [["--since", "x"]],
  ])("ends %j with status 2", async (args) => {
    expect(await run(["list", ...args])).toMatchObject({ status: 2, stdout: "" });
  });

  it("makes harmless what clients sent", async () => {
    const labels = { list: "evil", x: "\u001b[2J\u009b1m\u202e" };
    const { body } = await on.client.create({ kind: "echo", labels });
    await on.client.ended(body.id);
    const table = await run(["list", "-l", "list=evil"]);
    expect(recordOf(table).LABELS).toBe("list=evil,x=\\x1b[2J\\x9b1m\\u202e");
    const { operations } = await json<{ operations: Monitor[] }>(0, ["list", "-l", "list=evil"]);
    expect(operations[0]?.labels).toEqual(labels);
  });
});

describe("kubecfg get", () => {
  it("shows one as itself, and several as a list", async () => {
    const [a, b] = [await makeEnded({ value: 1 }), await make()];
    const table = await run(["get", a]);
    expect([table.status, rowsOf(table.stdout)[0]]).toEqual([0, titles]);
    expect(recordOf(table)).toMatchObject({ ID: a, STATUS: "succeeded" });
    expect(await json(0, ["get", a])).toEqual((await on.client.get(a)).body);
    const both = await json<{ operations: Monitor[] }>(0, ["get", b, a, b]);
    expect(both.operations.map(({ id }) => id)).toEqual([b, a]);
  });

  it("ends with 1 where one is not there, and still shows the others", async () => {
    expect(await run(["get", "nope"])).toEqual({
      status: 1,
      stdout: "",
      stderr: 'kubecfg: Cannot find operation "nope"\n',
    });
    const id = await makeEnded();
    const some = await run(["get", "nope", id, "-o", "id"]);
    expect([some.status, some.stdout]).toEqual([1, `${id}\n`]);
  });
});

describe("kubecfg result", () => {
  it("writes it byte for byte, to standard output or a file", async () => {
    const id = await makeEnded({ value: { text: "naïve\n" } });
    const expected = await (await on.client.result(id)).text();
    expect(await run(["result", id])).toEqual({ status: 0, stdout: expected, stderr: "" });
    const file = path.join(emptyHome(), "out.json");
    await writeFile(file, "old");
    const filed = await run(["result", id, "-o", file]);
    expect([filed.status, filed.stdout]).toEqual([0, ""]);
    expect(await readFile(file, "utf8")).toBe(expected);
  });

  it("keeps every byte of what is no text", async () => {
    const made = await on.client.json<Monitor>("/api/proxy/slow/slow", {
      headers: { prefer: "respond-async" },
    });
    const file = path.join(emptyHome(), "out.bin");
    const waited = await run(["result", made.body.id, "-o", file, "--wait", "60s"]);
    expect([waited.status, waited.stdout]).toEqual([0, ""]);
    expect((await readFile(file)).equals(upstream.binary)).toBe(true);
    expect((await run(["get", made.body.id])).stdout).toContain("GET slow/slow → 203");
    const child = start(["result", made.body.id], { env: access() });
    expect((await buffer(child.stdout)).equals(upstream.binary)).toBe(true);
    const terminal = onTerminal(["result", made.body.id], { env: access() });
    const { status, text } = await terminal.ended;
    expect(status).toBe(2);
    expect(text).toMatch(
      /^kubecfg: The result is application\/vnd\.example\.archive\S* \S+, which is not shown on a terminal: save it with -o/,
    );
  });

  it("ends with 4 while there is none, with 1 where there will be none", async () => {
    const running = await make();
    expect(await run(["result", running])).toMatchObject({
      status: 4,
      stdout: "",
      stderr: expect.stringContaining(`kubecfg wait ${running}`),
    });
    expect(await run(["result", running, "--wait", "200ms"])).toMatchObject({ status: 4 });
    const failed = await run(["result", await makeEnded({ outcome: "fail" })]);
    expect([failed.status, failed.stdout]).toEqual([1, ""]);
    expect(await run(["result", "nope"])).toMatchObject({ status: 1, stdout: "" });
    const soon = await make({ duration: "300ms", value: [1] });
    expect(await run(["result", soon, "--wait", "30s"])).toMatchObject({
      status: 0,
      stdout: "[1]",
    });
  });

  it("leaves a file as it was where there is no result", async () => {
    const file = path.join(emptyHome(), "out");
    await writeFile(file, "old");
    expect((await run(["result", "nope", "-o", file])).status).toBe(1);
    expect(await readFile(file, "utf8")).toBe("old");
    const to = path.join(emptyHome(), "no", "where");
    expect(await run(["result", await makeEnded(), "-o", to])).toMatchObject({ status: 1 });
  });
});

describe("kubecfg wait", () => {
  it("ends with 0 where all succeeded, as table and JSON", async () => {
    const ids = [await make({ duration: "300ms" }), await makeEnded()];
    const table = await run(["wait", ...ids]);
    expect([table.status, table.stderr]).toEqual([0, ""]);
    expect([recordOf(table, 1), recordOf(table, 2)]).toMatchObject(
      ids.map((ID) => ({ ID, STATUS: "succeeded" })),
    );
    expect(await json(0, ["wait", ids[0] ?? ""])).toMatchObject({ status: "succeeded" });
  });

  it("ends with 1 where one failed, 4 after --timeout, 1 for one that is not there", async () => {
    const failed = await makeEnded({ outcome: "fail" });
    const wait = await run(["wait", await makeEnded(), failed]);
    expect(wait.status).toBe(1);
    expect(wait.stderr).toBe(
      `kubecfg: Operation ${failed} failed: simulated: Failed as requested\n`,
    );
    const canceled = await make({ outcome: "hang" });
    await on.client.cancel(canceled);
    const gone = await run(["wait", canceled]);
    expect([gone.status, gone.stderr]).toEqual([
      1,
      `kubecfg: Operation ${canceled} was canceled: Canceled on request\n`,
    ]);
    const hanging = await make();
    const late = await run(["wait", hanging, "--timeout", "300ms", "-o", "json"]);
    expect([late.status, JSON.parse(late.stdout).status]).toEqual([4, "running"]);
    expect(late.stderr).toContain(`kubecfg wait ${hanging}`);
    expect(await run(["wait", "nope"])).toMatchObject({ status: 1, stdout: "" });
  });

  it("says on Ctrl-C how to go on, and cancels where it was told to", async () => {
    for (const isCanceling of [false, true]) {
      const id = await make();
      const flags = isCanceling ? ["--cancel-on-interrupt"] : [];
      const child = start(["wait", id, "-v", "6", ...flags], { env: access() });
      let stderr = "";
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
      });
      await until(
        async () => stderr,
        (text) => text.includes(`/operations/${id} 200`),
      );
      child.kill("SIGINT");
      await once(child, "close");
      expect(child.exitCode).toBe(130);
      if (isCanceling) {
        expect(stderr).toContain(`kubecfg: Asked to cancel ${id}\n`);
        expect((await on.client.ended(id)).status).toBe("canceled");
      } else {
        expect(stderr).toContain(`kubecfg wait ${id}\n`);
        expect((await on.client.get(id)).body).not.toHaveProperty("cancelRequestedAt");
      }
    }
  });
});

describe("kubecfg watch", () => {
  it("writes a line for each change of one, to its end, in every format", async () => {
    const id = await make(null, "resize");
    const child = start(["watch", id], { env: access() });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    const told = (what: string) =>
      until(
        async () => stdout,
        (text) => text.includes(what),
      );
    const post = (action: string, body: unknown, method = "POST") =>
      on.client.json(`/api/v1/operations${action}`, { method, body: JSON.stringify(body) });
    await told("pending");
    await post(":claim", { kinds: ["resize"], max: 100 });
    await told("running");
    const half = { attempt: 1, percentComplete: 50, statusMessage: "step 2 of 4" };
    await post(`/${id}`, half, "PATCH");
    await told("50%");
    await post(`/${id}:complete`, { attempt: 1, result: null });
    await once(child, "close");
    expect(child.exitCode).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    for (const [time = "", ...rest] of rows) {
      expect(new Date(time).toISOString()).toBe(time);
      expect(rest).toHaveLength(5);
    }
    expect(rows.map(([, ...rest]) => rest)).toEqual([
      [id, "resize", "pending", "-", "-"],
      [id, "resize", "running", "-", "-"],
      [id, "resize", "running", "50%", "step 2 of 4"],
      [id, "resize", "succeeded", "100%", "step 2 of 4"],
    ]);
    const lines = await run(["watch", await makeEnded({ outcome: "fail" }), "-o", "json"]);
    expect(lines.status).toBe(1);
    expect(JSON.parse(lines.stdout)).toMatchObject({ status: "failed" });
    expect(await run(["watch", "nope"])).toMatchObject({ status: 1, stdout: "" });
  });

  it("watches all until it is stopped, and ends with 130, or 4 after --timeout", async () => {
    const child = start(["watch", "-l", "watch=all", "-o", "jsonpath={.id} {.status}"], {
      env: access(),
    });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    const labels = { watch: "all" };
    const first = (await on.client.create({ kind: "simulate", input: { outcome: "hang" }, labels }))
      .body;
    await until(
      async () => stdout,
      (text) => text.includes(`${first.id} running`),
    );
    await on.client.create({ kind: "echo", labels: { watch: "other" } });
    await on.client.cancel(first.id);
    await until(
      async () => stdout,
      (text) => text.includes(`${first.id} canceled`),
    );
    // What is printed are operations, so a deletion is told beside them.
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    await on.client.raw(`/api/v1/operations/${first.id}`, { method: "DELETE" });
    await until(
      async () => stderr,
      (text) => text.includes(`kubecfg: Operation ${first.id} deleted\n`),
    );
    child.kill("SIGINT");
    await once(child, "close");
    expect(child.exitCode).toBe(130);
    expect(new Set(stdout.match(/^\S+/gm))).toEqual(new Set([first.id]));
    expect(await run(["watch", "--timeout", "300ms"])).toMatchObject({
      status: 4,
      stderr: "kubecfg: Timed out after 300ms\n",
    });
  });
});

describe("kubecfg input", () => {
  it("answers what is asked, as table and JSON", async () => {
    const ask = async () => {
      const id = await make({ outcome: "ask", message: "How\u001b many?" });
      await until(
        () => on.client.get(id),
        ({ body }) => body.status === "input_required",
      );
      return id;
    };
    const id = await ask();
    expect(recordOf(await run(["get", id]))).toMatchObject({ MESSAGE: "How\\x1b many?" });
    const asking = await run(["input", id]);
    expect([asking.status, asking.stdout]).toEqual([2, ""]);
    expect(asking.stderr).toMatch(/Missing the answer to "How\\u001b many\?", as JSON that fits/);
    const table = await run(["input", id, '{"n":3}']);
    expect([table.status, recordOf(table).ID]).toEqual([0, id]);
    expect((await on.client.ended(id)).result).toEqual({ answer: { n: 3 } });
    expect((await json(0, ["input", await ask(), "3"])).kind).toBe("simulate");
    expect(await run(["input", id, "3"])).toMatchObject({ status: 1, stdout: "" });
    expect(await run(["input", id])).toMatchObject({ status: 1, stdout: "" });
    expect(await run(["input", id, "yes"])).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("kubecfg cancel", () => {
  it("asks for the end of some, and waits with --wait", async () => {
    const table = await run(["cancel", await make(), "--wait", "30s"]);
    expect([table.status, recordOf(table).STATUS]).toEqual([0, "canceled"]);
    const running = await make();
    await until(
      () => on.client.get(running),
      ({ body }) => body.status === "running",
    );
    const asked = await run(["cancel", running]);
    expect(recordOf(asked)).toMatchObject({ STATUS: "running", MESSAGE: "cancel requested" });
    const ids = [await make(), await makeEnded()];
    const both = await json<{ operations: Monitor[] }>(0, ["cancel", ...ids]);
    expect(both.operations.map(({ id }) => id)).toEqual(ids);
    expect(await run(["cancel", "nope"])).toMatchObject({ status: 1, stdout: "" });
  });
});

describe("kubecfg delete", () => {
  it("removes what has ended, and ends with 1 for what has not", async () => {
    const [a, b, c] = [await makeEnded(), await makeEnded(), await make()];
    expect(rowsOf((await run(["delete", a])).stdout)).toEqual([["DELETED"], [a]]);
    expect(await json(0, ["delete", b])).toEqual({ deleted: [b] });
    expect(await run(["delete", c])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("cancel it, or wait for it to end"),
    });
    expect(await run(["delete", a])).toMatchObject({ status: 1 });
  });
});

describe("kubecfg kinds and stats", () => {
  it("kinds lists what can be done", async () => {
    const table = await run(["kinds"]);
    expect(table.status).toBe(0);
    const [head, ...rows] = rowsOf(table.stdout);
    expect(head).toEqual(["KIND", "ENGINE", "STATE", "RUNNING", "WAITING", "DESCRIPTION"]);
    const echo = rows.find(([kind]) => kind === "echo");
    expect([echo?.slice(0, 3), echo?.at(-1)]).toEqual([
      ["echo", "worker", "active"],
      "Returns its input.",
    ]);
    const { kinds } = await json<{ kinds: { kind: string }[] }>(0, ["kinds"]);
    const names = kinds.map(({ kind }) => kind);
    expect(names).toEqual(expect.arrayContaining(["echo", "http", "resize", "simulate"]));
    expect(names).toEqual(names.toSorted());
    expect((await run(["kinds", "-o", "id"])).stdout).toBe(`${names.join("\n")}\n`);
  });

  it("stats counts what there is", async () => {
    await makeEnded();
    const table = await run(["stats"]);
    expect([table.status, table.stderr]).toEqual([0, ""]);
    expect(rowsOf(table.stdout)[0]?.slice(0, 3)).toEqual(["KIND", "TOTAL", "PENDING"]);
    expect(table.stdout).toMatch(/^simulate +\d+/m);
    expect(table.stdout).toMatch(/^ATTEMPTS +WAITERS$/m);
    const { operations } = await json<{ operations: { total: number } }>(0, ["stats"]);
    expect(operations.total).toBeGreaterThan(0);
  });
});

describe("kubecfg login, logout and version", () => {
  it("version says what kubecfg and the service are, and the service's alone needs a login", async () => {
    const table = await run(["version"]);
    expect([table.status, table.stderr]).toEqual([0, ""]);
    expect(recordOf(table)).toMatchObject({ KUBECFG: packageVersion, SERVER: packageVersion });
    const own = { kubecfg: packageVersion, node: process.versions.node };
    expect(await json(0, ["version"])).toEqual({ ...own, server: packageVersion });
    const loggedOut = await kubecfg(["version", "-o", "json"]);
    expect([loggedOut.status, JSON.parse(loggedOut.stdout)]).toEqual([0, own]);
  });

  it.each([
    ["a service that is not there", { KUBECFG_HOST: "http://127.0.0.1:9" }, /Cannot reach/],
    ["a token that it does not know", { KUBECFG_TOKEN: "wrong" }, /token/],
  ])("version says its own for %s too, and then why not the other", async (_, env, reason) => {
    const ran = await run(["version", "-o", "json"], { env });
    expect([ran.status, ran.stderr]).toEqual([3, expect.stringMatching(reason)]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ kubecfg: packageVersion });
  });

  it("login saves what the service takes, later commands use it, logout forgets it", async () => {
    const env = { XDG_CONFIG_HOME: emptyHome() };
    const args = ["login", "--host", on.served.url, "--token", "-"];
    const wrong = await kubecfg(args, { env, input: "wrong\n" });
    expect([wrong.status, wrong.stdout]).toEqual([3, ""]);
    expect(await kubecfg(["kinds"], { env })).toMatchObject({ status: 3, stdout: "" });
    const table = await kubecfg(args, { env, input: `${on.client.token}\n` });
    expect([table.status, rowsOf(table.stdout)[1]?.slice(0, 2)]).toEqual([
      0,
      ["default", on.served.url],
    ]);
    expect(table.stdout + table.stderr).not.toContain(on.client.token);
    expect((await kubecfg(["kinds", "-o", "id"], { env })).status).toBe(0);
    const elsewhere = await kubecfg(["kinds", "--host", "http://localhost:9"], { env });
    expect(elsewhere).toMatchObject({ status: 3, stderr: /the saved login is for/ });
    const again = await kubecfg([...args, "-o", "json"], { env, input: on.client.token });
    expect(JSON.parse(again.stdout)).toMatchObject({ host: on.served.url });
    const other = ["--context", "other", "--no-verify"];
    await kubecfg([...args, ...other], { env, input: "another" });
    const names = ["config", "get-contexts", "-o", "id"];
    expect((await kubecfg(names, { env })).stdout).toBe("default\nother\n");
    expect(await kubecfg(["kinds"], { env })).toMatchObject({ status: 3 });
    const chosen = await kubecfg(["kinds", "--context", "default", "-o", "id"], { env });
    expect([chosen.status, chosen.stderr]).toEqual([0, ""]);
    await kubecfg(["logout"], { env });
    await kubecfg(["config", "use-context", "default"], { env });
    expect(rowsOf((await kubecfg(["logout"], { env })).stdout)[1]?.[0]).toBe("yes");
    const none = await kubecfg(["logout", "-o", "json"], { env });
    expect([none.status, JSON.parse(none.stdout).removed]).toEqual([0, false]);
    expect(await kubecfg(["kinds"], { env })).toMatchObject({
      status: 3,
      stderr: "kubecfg: Not logged in: run kubecfg login, or set KUBECFG_TOKEN\n",
    });
    expect(await kubecfg(["login"], { env })).toMatchObject({ status: 2, stdout: "" });
  });

  it("version says which, without a service", async () => {
    const manifest = JSON.parse(
      await readFile(path.resolve(import.meta.dirname, "../../package.json"), "utf8"),
    );
    const table = await kubecfg(["version"]);
    expect([table.status, rowsOf(table.stdout)]).toEqual([
      0,
      [
        ["KUBECFG", "NODE"],
        [manifest.version, process.versions.node],
      ],
    ]);
    const { stdout } = await kubecfg(["version", "-o", "json"]);
    expect(JSON.parse(stdout)).toEqual({ kubecfg: manifest.version, node: process.versions.node });
  });
});

describe("kubecfg", () => {
  it("takes global options before and after the command, and the environment", async () => {
    const options = ["--host", on.served.url, "--token", on.client.token, "-o", "id"];
    const before = await kubecfg([...options, "kinds"]);
    expect(before).toEqual(await kubecfg(["kinds", ...options]));
    expect(before.status).toBe(0);
  });

  it("ends with 3 where it may not, or reaches nobody, and never tells the token", async () => {
    const denied = await run(["list", "-v", "8"], { env: { KUBECFG_TOKEN: "tok-s3cret" } });
    expect([denied.status, denied.stdout]).toEqual([3, ""]);
    expect(denied.stderr).toMatch(
      /kubecfg: http:\S+ does not accept the token \(from KUBECFG_TOKEN\)\n$/,
    );
    const gone = await run(["list", "-v", "6"], {
      env: { KUBECFG_HOST: "http://127.0.0.1:9", KUBECFG_TOKEN: "tok-s3cret" },
    });
    expect([gone.status, gone.stdout]).toEqual([3, ""]);
    expect(gone.stderr).toMatch(/kubecfg: Cannot reach http:\/\/127\.0\.0\.1:9 \(/);
    expect(denied.stderr + gone.stderr).not.toContain("s3cret");
  });

  it("shows requests at -v 6 and bodies at -v 8, on standard error alone", async () => {
    const input = ["--input", '{"a":1,"password":"p4ss"}', "-o", "json"];
    const six = await run(["create", "echo", ...input, "-v", "6"]);
    expect(six.stderr).toMatch(/^I\d{4} [\d:.]+ +\d+ request\] POST \S+\/operations 202 .*\n$/);
    const eight = await run(["create", "echo", ...input, "-v", "8"]);
    expect(eight.stderr).toContain(
      'Request Body: {"kind":"echo","input":{"a":1,"password":"[hidden]"}',
    );
    expect(eight.stderr).not.toMatch(/p4ss|test-token|Bearer/);
    expect(JSON.parse(eight.stdout).kind).toBe("echo");
  });

  it.each([
    [["bogus"], /unknown command 'bogus'/],
    [["list", "--bogus"], /unknown option '--bogus'/],
    [["list", "-o", "xml"], /Invalid output format "xml"/],
    [["list", "-o", "jsonpath={.x"], /a brace is not closed/],
    [["list", "-v", "x"], /Invalid -v "x"/],
    [["list", "--timeout", "x"], /Invalid --timeout "x"/],
    [["list", "--timeout", "0s"], /Invalid --timeout "0s": must be more than 0/],
    [["list", "--host", "ftp://x"], /Invalid --host/],
    [["list", "--token", "a b"], /Invalid token/],
    [["get"], /missing required argument 'id'/],
  ])("ends %j with status 2 and one line", async (args, message) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^kubecfg: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  it("shows its help, with status 0 where it was asked for and 2 where not", async () => {
    const asked = await kubecfg(["--help"]);
    expect([asked.status, asked.stderr]).toEqual([0, ""]);
    expect(asked.stdout).toMatch(/Exit status: 0; 1 the operation failed/);
    const unasked = await kubecfg([]);
    expect([unasked.status, unasked.stdout]).toEqual([2, ""]);
    expect((await kubecfg(["create", "--help"])).stdout).toMatch(/--idempotency-key/);
  });

  it("ends quietly where its reader has gone", async () => {
    const child = start(["kinds", "-o", "json"], { env: access() });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    await once(child, "close");
    expect([child.exitCode, stderr]).toEqual([0, ""]);
  });
});
