import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { answering } from "./answering.ts";
import { Client } from "./client.ts";
import { type Served, startServed } from "./served.ts";

const root = path.resolve(import.meta.dirname, "../..");
const examples = path.join(root, "examples");

describe("examples/python-worker", () => {
  let served: Served;
  let worker: ReturnType<typeof spawn>;
  const lines: string[] = [];
  /** What somebody else does of each operation before the worker's own word of it arrives. */
  const before: { verb: string; body: unknown }[] = [];
  const pass = answering(async (request, response) => {
    const { method = "GET", url = "" } = request;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const headers = {
      authorization: request.headers.authorization ?? "",
      "content-type": "application/json",
    };
    const operation = /^(.*\/operations\/\w+)(?::complete)?$/.exec(url)?.[1];
    const [first] = operation === undefined ? [] : before.splice(0, 1);
    if (first) {
      const init = { method: "POST", headers, body: JSON.stringify(first.body) };
      await (await fetch(`${served.url}${operation}${first.verb}`, init)).body?.cancel();
    }
    const prefer = String(request.headers.prefer ?? "wait=0");
    const init = { method, headers: { ...headers, prefer }, body };
    const answer = await fetch(served.url + url, init);
    const text = await answer.text();
    response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  });
  const between = createServer(pass);

  beforeAll(async () => {
    served = await startServed({ env: { EXTERNAL_KINDS: "resize" } });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    const api = `http://127.0.0.1:${(between.address() as AddressInfo).port}/api/v1`;
    const env = { PATH: process.env.PATH ?? "", API: api, TOKEN: "test-token" };
    const program = path.join(examples, "python-worker/worker.py");
    worker = spawn("python3", [program], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [worker.stdout, worker.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => lines.push(line));
    }
  });
  afterAll(async () => {
    worker.kill("SIGKILL");
    between.close();
    await served.stop();
  });

  it("does what it claims, and goes on when an operation is no longer its own", async () => {
    const client = new Client(served.url);
    const { body: first } = await client.create({ kind: "resize", input: { width: 200 } });
    expect(await client.ended(first.id)).toMatchObject({
      status: "succeeded",
      result: { did: { width: 200 } },
    });
    // Canceled before it is claimed or after, with the worker in the middle of it or not.
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, width) => client.create({ kind: "resize", input: { width } })),
    );
    const many = made.map(({ body }) => body.id);
    await Promise.all(many.map((id) => client.cancel(id)));
    for (const id of many) await client.ended(id);
    const { body: last } = await client.create({ kind: "resize" });
    expect(await client.ended(last.id)).toMatchObject({ status: "succeeded" });
    await eventually(() => expect(worker.exitCode).toBeNull());
    expect(lines.filter((line) => !line.endsWith("not ours any more"))).toEqual([]);
  });

  it.each([
    ["ended", ":complete", { attempt: 1, result: "another's" }],
    ["failed for good", ":fail", { attempt: 1, error: { code: "a", message: "b" } }],
  ])("goes on when its word comes late: the operation has %s", async (_, verb, body) => {
    const client = new Client(served.url);
    const count = lines.length;
    before.push({ verb, body: { ...body, ...(verb === ":fail" && { retryable: false }) } });
    const { body: late } = await client.create({ kind: "resize" });
    await eventually(() => expect(lines.slice(count)).toEqual([`${late.id}: not ours any more`]));
    const { body: next } = await client.create({ kind: "resize" });
    expect(await client.ended(next.id)).toMatchObject({ status: "succeeded" });
    expect(worker.exitCode).toBeNull();
  });
});
