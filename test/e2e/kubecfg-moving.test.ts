import { createHash } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { emptyHome, kubecfg } from "../cli/kubecfg.ts";
import { Client } from "./client.ts";
import { serving } from "./serving.ts";

const names = ["here", "there", "gone"] as const;
const tokenOf = (name: string) => `token-of-${name}-0123456789`;
const TOKENS = JSON.stringify(
  Object.fromEntries(
    names.map((tenant) => [
      createHash("sha256").update(tokenOf(tenant)).digest("hex"),
      { tenant, scopes: ["admin"] },
    ]),
  ),
);
const on = serving(() => ({ env: { TOKENS, SHARDS: "2" } }));

const run = (of: string, args: readonly string[], url = on.served.url) =>
  kubecfg(args, { env: { KUBECFG_HOST: url, KUBECFG_TOKEN: tokenOf(of) } });
const clientOf = (name: string) => new Client(on.served.url, tokenOf(name));

async function fill(name: string, count: number): Promise<void> {
  const client = clientOf(name);
  for (let n = 0; n < count; n++) {
    const { body } = await client.create({ kind: "echo", input: { n, text: "é".repeat(3_000) } });
    await client.ended(body.id);
  }
}

async function listOf(name: string): Promise<unknown> {
  const { body } = await clientOf(name).json("/api/v1/operations?limit=1000");
  return body;
}

let proxy: Server | undefined;
afterEach(() => {
  proxy?.close();
  proxy = undefined;
});

/** A proxy that cuts the first answers to an export off, each after so many bytes. */
async function cutting(cuts: number[]): Promise<string> {
  proxy = createServer((asked, answer) => {
    const { pathname, search } = new URL(asked.url ?? "", "http://proxy");
    const url = new URL(`${pathname}${search}`, on.served.url);
    const { host: _, ...headers } = asked.headers;
    const sent = request(url, { method: asked.method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      let left = pathname.endsWith(":export") ? (cuts.shift() ?? Infinity) : Infinity;
      got.on("data", (bytes: Buffer) => {
        answer.write(bytes.subarray(0, left));
        left -= bytes.length;
        if (left <= 0) answer.destroy();
      });
      got.on("end", () => answer.end());
    });
    sent.on("error", () => answer.destroy());
    asked.pipe(sent);
  });
  await new Promise<void>((resolve) => proxy?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

describe("kubecfg export, import and delete-tenant", () => {
  it("move all operations from one tenant to another, however often an export breaks off", async () => {
    await fill("here", 12);
    const file = path.join(emptyHome(), "operations.jsonl");
    const whole = await run("here", ["export"]);
    expect([whole.status, whole.stderr]).toEqual([0, ""]);
    const lines = whole.stdout.trimEnd().split("\n");
    expect(lines.at(-1)).toContain('"type":"end","operations":12');
    const url = await cutting([1_000, 100_000, 1_000]);
    const ran = await run("here", ["export", "-f", file], url);
    expect(ran.stderr).toContain("broke off");
    expect(ran.status).toBe(0);
    const kept = await readFile(file, "utf8");
    // But for when it was written, and so its hash.
    const bare = (text: string) =>
      text.split("\n").filter((line) => line.startsWith('{"type":"op'));
    expect(bare(kept)).toEqual(bare(whole.stdout));
    expect((await stat(file)).mode & 0o077).toBe(0);

    const imported = await run("there", ["import", file, "-o", "json"]);
    expect(imported.status).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({ accepted: 12, refused: 0, isWhole: true });
    expect(await listOf("there")).toEqual(await listOf("here"));
    const again = await run("there", ["import", file, "-o", "json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ accepted: 0, unchanged: 12 });
  });

  it("goes on with what came of an export that did not come to its end", async () => {
    const file = path.join(emptyHome(), "operations.jsonl");
    const url = await cutting([100_000, ...Array<number>(60).fill(1_000)]);
    const broken = await run("here", ["export", "-f", file], url);
    expect(broken.status).toBe(3);
    expect(broken.stderr).toContain("resume with kubecfg export");
    const twice = await run("here", ["export", "-f", file]);
    expect([twice.status, twice.stderr]).toEqual([2, expect.stringContaining("--resume")]);
    const resumed = await run("here", ["export", "-f", file, "--resume"]);
    expect(resumed.status).toBe(0);
    const { stdout } = await run("there", ["import", file, "-o", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 0, unchanged: 12, isWhole: true });
  });

  it("goes on behind the last place of a file whose last lines were not written to their end", async () => {
    const file = path.join(emptyHome(), "operations.jsonl");
    const { stdout } = await run("here", ["export"]);
    const at = stdout.indexOf("\n", stdout.indexOf('{"type":"cursor"')) + 1;
    await writeFile(`${file}.part`, stdout.slice(0, at + 1_000));
    const ran = await run("here", ["export", "-f", file, "--resume"]);
    expect(ran.status, ran.stderr).toBe(0);
    expect(await readFile(file, "utf8")).toBe(stdout);
  });

  it("ends where what it goes on with was changed", async () => {
    const file = path.join(emptyHome(), "operations.jsonl");
    const { stdout } = await run("here", ["export"]);
    const at = stdout.indexOf("\n", stdout.indexOf('{"type":"cursor"')) + 1;
    await writeFile(`${file}.part`, stdout.slice(0, at).replace('"echo"', '"ohce"'));
    const ran = await run("here", ["export", "-f", file, "--resume", "--timeout", "20s"]);
    expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining("export again")]);
    expect(await readFile(`${file}.part`, "utf8")).toMatch(/"type":"end".*\n$/);
  });

  it("refuse a file that was cut off, and tell the lines that are refused", async () => {
    const file = path.join(emptyHome(), "operations.jsonl");
    const { stdout } = await run("here", ["export"]);
    const lines = stdout.trimEnd().split("\n");
    await writeFile(file, lines.slice(0, -1).join("\n"));
    const cut = await run("gone", ["import", file]);
    expect([cut.status, cut.stderr]).toEqual([
      2,
      expect.stringContaining("is incomplete or has been changed"),
    ]);
    const spoilt = lines.map((line, index) =>
      index === 3 ? line.replace('"status":', '"strange":1,"status":') : line,
    );
    await writeFile(file, `${spoilt.join("\n")}\n`);
    const ran = await run("gone", ["import", file, "--partial"]);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain("unknown field");
    expect(ran.stdout).toMatch(/\n4 +\w{30} /);
  });

  it("say what the service could not read, and by their status that something is missing", async () => {
    const id = "0".repeat(30);
    const head = { type: "export", version: 1, exportedAt: "", tenant: "here", shards: 2 };
    const skipped = { type: "skipped", id, message: "no JSON" };
    const webhook = { target: "https://hook.test", origin: "" };
    const operations = [{ webhook }, { webhook: { ...webhook, sealed: "" } }, {}].map(
      (operation) => ({ type: "operation", operation }),
    );
    const lines = [head, skipped, ...operations].map((line) => JSON.stringify(line));
    const sha256 = lines.reduce(
      (hash, line) => createHash("sha256").update(`${hash}${line}\n`).digest("hex"),
      "",
    );
    const end = JSON.stringify({ type: "end", operations: 3, skipped: 1, lines: 5, sha256 });
    const text = `${[...lines, end].join("\n")}\n`;
    proxy = createServer((_, answer) => answer.end(text)).listen(0, "127.0.0.1");
    await new Promise((resolve) => proxy?.once("listening", resolve));
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const file = path.join(emptyHome(), "operations.jsonl");
    for (const args of [["export"], ["export", "-f", file]]) {
      const ran = await run("here", args, url);
      expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining(`left out: 1 (${id})`)]);
      expect(ran.stderr).toContain("1 operations come without their webhook");
    }
    expect(await readFile(file, "utf8")).toBe(text);
    const ran = await run("gone", ["import", file, "-o", "json"]);
    expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining(id)]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ refused: 3, skipped: 1, isWhole: true });
  });

  it("deletes a tenant where its name is meant, and no other", async () => {
    const asked = await run("gone", ["delete-tenant", "gone"]);
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    const other = await run("gone", ["delete-tenant", "here", "--yes"]);
    expect(other.status).toBe(3);
    const ran = await run("gone", ["delete-tenant", "gone", "--yes", "-o", "json"]);
    expect([ran.status, JSON.parse(ran.stdout)]).toEqual([0, { tenant: "gone", objects: 2 }]);
    expect(await listOf("gone")).toEqual({ operations: [] });
    expect(await listOf("here")).not.toEqual({ operations: [] });
  });
});
