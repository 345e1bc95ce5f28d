import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

describe("npm start", () => {
  let directory: string;
  let port: number;
  let start: ReturnType<typeof spawn>;
  let ended: Promise<unknown>;
  let printed = "";

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "edge-operations-start-"));
    await writeFile(path.join(directory, "vars"), "# mine\nV=1");
    port = await freePort();
    start = spawn(
      "npm",
      [
        ...["start", "--silent", "--", "--port", String(port), "--ip=127.0.0.1"],
        // wrangler reads this file in the place of .dev.vars, so the token of this tree is left alone.
        ...["--env-file", path.join(directory, "vars"), "--persist-to", directory],
      ],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    );
    ended = once(start, "exit");
    start.stdout?.setEncoding("utf8").on("data", (chunk) => {
      printed += chunk;
    });
    await vi.waitFor(() => expect(printed).toContain("Ctrl-C"), { timeout: 60_000, interval: 100 });
  });
  afterAll(async () => {
    start.kill("SIGTERM");
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  it("makes a token and keeps it beside what was there, for the owner only", async () => {
    const file = path.join(directory, "vars");
    expect(await readFile(file, "utf8")).toMatch(/^# mine\nV=1\nTOKEN=[\w-]{32}\n$/);
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
    await vi.waitFor(refused, { timeout: 10_000 });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
