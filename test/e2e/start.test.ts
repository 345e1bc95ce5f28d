import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { freePort } from "./free-port.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** What the environment sets, with what a shell, a dotenv file and its expansion could spoil. */
const configured = {
  EXTERNAL_KINDS: "resize",
  TEST_UP_USER: "Ann $HOME",
};

/** The file's UPSTREAMS refers to a secret of the environment, and to one of a later line of its own. */
const upstreams = (url: string) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so UPSTREAMS refers to secrets
  const headers = { "x-user": "${TEST_UP_USER}", authorization: "Bearer ${TEST_UP_KEY}" };
  return `UPSTREAMS='${JSON.stringify({ up: { url, headers }, home: `${url}/$HOME` })}'`;
};

describe("npm start", () => {
  let directory: string;
  let port: number;
  let upstream: Upstream;
  let start: ReturnType<typeof spawn>;
  let ended: Promise<unknown>;
  let printed = "";

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "edge-operations-start-"));
    upstream = await startUpstream();
    const lines = ["# mine", upstreams(upstream.url), "TEST_UP_KEY=k3y", "V=1"];
    await writeFile(path.join(directory, "vars"), lines.join("\n"), { mode: 0o644 });
    port = await freePort();
    start = spawn(
      "npm",
      [
        ...["start", "--silent", "--", "--port", String(port), "--ip=127.0.0.1"],
        // wrangler reads this file in the place of .dev.vars, so the token of this tree is left alone.
        ...["--env-file", path.join(directory, "vars"), "--persist-to", directory],
      ],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...configured } },
    );
    ended = once(start, "exit");
    start.stdout?.setEncoding("utf8").on("data", (chunk) => {
      printed += chunk;
    });
    await eventually(() => expect(printed).toContain("Ctrl-C"));
  });
  afterAll(async () => {
    start.kill("SIGTERM");
    await ended;
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("makes a token and keeps it beside what was there, for the owner only", async () => {
    const file = path.join(directory, "vars");
    expect(await readFile(file, "utf8")).toMatch(
      /^# mine\nUPSTREAMS=.*\nTEST_UP_KEY=k3y\nV=1\nTOKEN=[\w-]{32}\nTICKET_SECRET=[\w-]{43}\nWEBHOOK_SECRET=whsec_\S{44}\n$/,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("prints the address and the token, without colors", async () => {
    const token = (await readFile(path.join(directory, "vars"), "utf8")).match(/TOKEN=(.*)/)?.[1];
    expect(printed).toContain(`token  ${token}\n`);
    expect(printed).toContain(`http://127.0.0.1:${port}/static/`);
    expect(printed).not.toContain("\u001b");
  });

  it("prints three lines that work when pasted: create, wait, list", async () => {
    const lines = printed.split("\n").filter((line) => /^(A=\$\()?curl /.test(line));
    expect(lines).toHaveLength(3);
    const { stdout } = await run("bash", ["-c", lines.join("\n")]);
    const [created, waited, listed] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(created).toMatchObject({ kind: "simulate", id: expect.any(String) });
    expect(waited).toMatchObject({ id: created.id, status: "succeeded" });
    expect(listed.operations).toMatchObject([{ id: created.id }]);
  });

  it("prints three lines for kubecfg that work when pasted", async () => {
    const lines = printed.split("\n").filter((line) => /^(export|kubecfg)\b/.test(line));
    expect(lines).toHaveLength(3);
    const env = { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory };
    const { stdout } = await run("bash", ["-c", lines.join("\n")], { cwd: root, env });
    expect(stdout).toMatch(/simulate +succeeded/);
  });

  it("takes its configuration from the environment, and tickets and local webhooks work", async () => {
    const token = (await readFile(path.join(directory, "vars"), "utf8")).match(/TOKEN=(.*)/)?.[1];
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const api = `http://127.0.0.1:${port}/api/v1`;
    const kinds = (await (await fetch(`${api}/kinds`, { headers })).json()) as {
      kinds: { kind: string }[];
    };
    expect(kinds.kinds.map(({ kind }) => kind)).toContain("resize");
    const body = JSON.stringify({ kind: "echo", webhook: `http://127.0.0.1:${port}/` });
    const made = await fetch(`${api}/operations`, { method: "POST", headers, body });
    expect(made.status).toBe(202);
    const { id } = (await made.json()) as { id: string };
    const ticket = await fetch(`${api}/operations/${id}:tickets`, { method: "POST", headers });
    expect(ticket.status).toBe(201);
  });

  it("sends upstreams of the file the secrets that they name, wherever these stand", async () => {
    const token = (await readFile(path.join(directory, "vars"), "utf8")).match(/TOKEN=(.*)/)?.[1];
    const headers = { authorization: `Bearer ${token}`, prefer: "wait=20" };
    for (const name of ["up", "home"]) {
      const url = `http://127.0.0.1:${port}/api/proxy/${name}/${name}`;
      expect((await fetch(url, { headers })).status).toBe(201);
    }
    const told = { "x-user": "Ann $HOME", authorization: "Bearer k3y" };
    expect(upstream.seenAt("/up").headers).toMatchObject(told);
    expect(upstream.seenAt("/$HOME/home").headers).not.toHaveProperty("x-user");
  });

  it("reloads when a kind changes, and says so in one line", async () => {
    const now = new Date();
    await utimes(path.join(root, "src/kinds/echo.ts"), now, now);
    await eventually(() => expect(printed).toMatch(/^Reloaded: src\/kinds\/echo\.ts changed$/m));
    expect((await fetch(`http://127.0.0.1:${port}/api/healthz`)).status).toBe(200);
  });

  it("keeps its state and its secrets for their owner alone", async () => {
    const state = (await readdir(directory)).filter((name) => name !== "vars");
    expect(state).not.toEqual([]);
    for (const name of ["", ...state]) {
      expect((await stat(path.join(directory, name))).mode & 0o077).toBe(0);
    }
  });

  it("says so and ends with status 1 when the port is taken", async () => {
    const second = run(
      process.execPath,
      ["src/local/start.ts", "--ip=127.0.0.1", `--port=${port}`],
      {
        cwd: root,
      },
    );
    await expect(second).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Port ${port} is in use`),
    });
  });

  it("ends with everything that it started", async () => {
    start.kill("SIGTERM");
    await ended;
    const refused = () => expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    await eventually(refused);
  });
});
