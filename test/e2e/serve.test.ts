import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../eventually.ts";
import { isRunning, type Served, startServed } from "./served.ts";

const authorized = { authorization: "Bearer test-token", "content-type": "application/json" };

describe("serve", () => {
  let served: Served;
  beforeAll(async () => {
    served = await startServed();
  });
  afterAll(async () => {
    await served.stop();
  });

  it("prints one line with its address and workerd's pid", async () => {
    expect(served.stdout).toEqual([`listening on ${served.url} (workerd pid ${served.pid})`]);
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(isRunning(served.pid)).toBe(true);
  });

  it("answers healthz without a token", async () => {
    expect((await fetch(`${served.url}/api/healthz`)).status).toBe(200);
  });

  it("leads /static to /static/ to the page, with its security headers", async () => {
    const redirect = await fetch(`${served.url}/static`, { redirect: "manual" });
    expect(redirect.status).toBe(307);
    expect(redirect.headers.get("location")).toBe("/static/");

    const page = await fetch(`${served.url}/static/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain("<h1>Edge Operations</h1>");
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; /);
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe-inline");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(page.headers.get("permissions-policy")).toContain("camera=()");
  });

  it("serves a page whose links work, with nothing inline", async () => {
    const text = await (await fetch(`${served.url}/static/`)).text();
    expect(text).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/);
    const links = [...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link);
    expect(links).toContain("/static/docs/");
    for (const link of new Set(links)) {
      expect([link, (await fetch(served.url + link)).status]).toEqual([link, 200]);
    }
  });

  it("leads / to the page", async () => {
    const answer = await fetch(`${served.url}/`);
    expect([answer.status, new URL(answer.url).pathname]).toEqual([200, "/static/"]);
  });

  it.each([
    "/static/nope",
    "/static/nope/",
    "/static/a%20b",
    "/static/%00",
    "/static/.assetsignore",
  ])("answers %s with its own 404", async (missing) => {
    const answer = await fetch(served.url + missing);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("Nothing is served at this address.");
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; /);
  });

  it("answers POST with 405", async () => {
    expect((await fetch(`${served.url}/static/`, { method: "POST" })).status).toBe(405);
  });

  it("answers HEAD like GET, without the body", async () => {
    const answer = await fetch(`${served.url}/static/style.css`, { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(await answer.text()).toBe("");
  });

  it("answers 304 to the ETag that it gave", async () => {
    const etag = (await fetch(`${served.url}/static/style.css`)).headers.get("etag") ?? "";
    expect(etag).not.toBe("");
    const headers = { "if-none-match": etag };
    expect((await fetch(`${served.url}/static/style.css`, { headers })).status).toBe(304);
  });

  it.each([
    "/static/../wrangler.toml",
    "/static/../../package.json",
    "/static/%2e%2e/_headers",
    "/static/%2e%2e/.assetsignore",
    "/static/..%2f_headers",
    "/static/..%2f..%2fwrangler.toml",
    "/static/..%5c..%5cwrangler.toml",
    "/static/%252e%252e/_headers",
    "/static//etc/passwd",
    "/_headers",
    "/.assetsignore",
    "/static/_headers",
    "/static/.env",
  ])("never leaves the static files for %s", async (target) => {
    // A socket, because fetch takes the dots out by itself.
    const answer = await rawGet(served.url, target);
    expect(answer).toMatch(/^HTTP\/1\.1 (307|40[0-9]) /);
    expect(answer).not.toMatch(/compatibility_date|devDependencies|root:|^\/static\/\*$/m);
    expect(answer).not.toMatch(/^location: (\w+:)?\/\//im);
  });
});

describe("serve's life", () => {
  it("keeps its state across a restart, a SIGTERM and a SIGKILL of workerd", async () => {
    const state = await mkdtemp(path.join(tmpdir(), "edge-operations-state-"));
    onTestFinished(() => rm(state, { recursive: true, force: true }));

    const first = await startServed({ state });
    const id = await createEcho(first, "kept");
    const stopped = await first.stop();
    expect([stopped.status, stopped.stdout.length]).toEqual([0, 1]);
    expect(isRunning(first.pid)).toBe(false);

    const second = await startServed({ state });
    expect(await statusOf(second, id)).toBe(200);
    const later = await createEcho(second, "kept too");
    const killed = await second.kill9();
    expect(killed.status).toBe(1);
    expect(killed.stderr).toContain("workerd exited unexpectedly: SIGKILL");

    const third = await startServed({ state });
    expect([await statusOf(third, id), await statusOf(third, later)]).toEqual([200, 200]);
    await third.stop();
  });

  it("starts workerd again when it dies, on the same port and the same state", async () => {
    const served = await startServed({ restarts: true });
    const id = await createEcho(served, "kept");
    process.kill(served.pid, "SIGKILL");
    const again = /^listening again \(workerd pid (\d+)\)$/;
    await eventually(() => expect(served.stderr.some((line) => again.test(line))).toBe(true));
    expect(served.stderr).toContain("workerd exited unexpectedly: SIGKILL; restarting");
    expect(await statusOf(served, id)).toBe(200);
    const pid = Number(again.exec(served.stderr.find((line) => again.test(line)) ?? "")?.[1]);
    expect((await served.stop()).status).toBe(0);
    expect(isRunning(pid)).toBe(false);
  });

  it("answers 503 where the disk does not take the map of a new tenant", async () => {
    const state = await mkdtemp(path.join(tmpdir(), "edge-operations-state-"));
    onTestFinished(() => rm(state, { recursive: true, force: true }));
    const served = await startServed({ state });
    // Nobody can make a file in a directory that is gone, not even root.
    await rm(path.join(state, "do/edge-operations-OperationsObject"), { recursive: true });
    for (const [method, body] of [["GET"], ["POST", '{"kind":"echo"}']] as const) {
      const init = { method, headers: authorized, ...(body && { body }) };
      const response = await fetch(`${served.url}/api/v1/operations`, init);
      const { error } = (await response.json()) as { error: { code: string } };
      expect([response.status, error.code]).toEqual([503, "unavailable"]);
      expect(response.headers.get("retry-after")).toBe("5");
    }
    const { stderr } = await served.stop();
    expect(stderr.join("\n")).toContain("SQLITE_CANTOPEN");
  });

  it("says at its start how many connections it can hold", async () => {
    const served = await startServed();
    await eventually(() =>
      expect(served.stderr).toContainEqual(
        expect.stringMatching(/^holds about \d+ connections \(\d+ open files\); /),
      ),
    );
    await served.stop();
  });

  it("keeps its state for its owner alone, also where the directory was there before", async () => {
    const state = await mkdtemp(path.join(tmpdir(), "edge-operations-state-"));
    onTestFinished(() => rm(state, { recursive: true, force: true }));
    await chmod(state, 0o755);
    const served = await startServed({ state });
    await createEcho(served, "private");
    await served.stop();
    const entries = await readdir(state, { recursive: true, withFileTypes: true });
    const files = entries.map((entry) => path.join(entry.parentPath, entry.name));
    const modes = await Promise.all([state, ...files].map(async (file) => (await stat(file)).mode));
    expect(files.some((file) => file.endsWith(".sqlite"))).toBe(true);
    expect(modes.filter((mode) => (mode & 0o077) !== 0)).toEqual([]);
  });

  it("refuses DEVELOPMENT where others can reach it", async () => {
    const program = ["src/local/serve.ts", "--host", "0.0.0.0", "--port", "0"];
    const env = { ...process.env, TOKEN: "t", DEVELOPMENT: "true" };
    const cwd = path.resolve(import.meta.dirname, "../..");
    const refused = promisify(execFile)(process.execPath, program, { cwd, env });
    await expect(refused).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("DEVELOPMENT is only allowed on this machine"),
    });
  });

  it("takes workerd along when it is itself killed with SIGKILL", async () => {
    const served = await startServed();
    process.kill(served.servePid, "SIGKILL");
    await eventually(() => expect(isRunning(served.pid)).toBe(false));
    await served.stop();
  });

  it("names a bad value at start, and answers 503", async () => {
    const served = await startServed({ env: { SHARDS: "many", DEFAULT_TTL: "soon" } });
    for (const name of ["SHARDS", "DEFAULT_TTL"]) {
      await eventually(() =>
        expect(served.stderr).toContainEqual(
          expect.stringContaining(`Bad configuration: ${name}: `),
        ),
      );
    }
    const answer = await fetch(`${served.url}/api/v1/operations`, { headers: authorized });
    expect(answer.status).toBe(503);
    await served.stop();
  });

  it("never opens itself without a token, and says so", async () => {
    const served = await startServed({ env: { TOKEN: "" } });
    await eventually(() =>
      expect(served.stderr.join("\n")).toContain("Neither TOKEN nor TOKENS is set"),
    );
    expect((await fetch(`${served.url}/api/v1/operations`)).status).toBe(503);
    await served.stop();
  });

  it("gives V8 the flags of the environment in place of its own", async () => {
    const env = { MINIFLARE_WORKERD_V8_FLAGS: "--no-such-flag" };
    await expect(startServed({ env })).rejects.toThrow(/unrecognized V8 flag.*--no-such-flag/);
  });

  it("says so and ends with status 1 when the port is taken", async () => {
    const served = await startServed();
    const port = Number(new URL(served.url).port);
    await expect(startServed({ port })).rejects.toThrow(/in use/);
    await served.stop();
  });
});

async function createEcho(served: Served, input: string): Promise<string> {
  const answer = await fetch(`${served.url}/api/v1/operations`, {
    method: "POST",
    headers: authorized,
    body: JSON.stringify({ kind: "echo", input }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

async function statusOf(served: Served, id: string): Promise<number> {
  const url = `${served.url}/api/v1/operations/${id}`;
  return (await fetch(url, { headers: authorized })).status;
}

async function rawGet(origin: string, target: string): Promise<string> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    answer += chunk;
  });
  socket.end(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await once(socket, "close");
  return answer;
}
