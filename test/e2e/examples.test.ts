import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Client } from "./client.ts";
import { type Served, startServed } from "./served.ts";

const examples = path.resolve(import.meta.dirname, "../../examples");

describe("examples/python-worker", () => {
  let served: Served;
  let worker: ReturnType<typeof spawn>;
  const lines: string[] = [];

  beforeAll(async () => {
    served = await startServed({ env: { EXTERNAL_KINDS: "resize" } });
    const env = { PATH: process.env.PATH ?? "", API: `${served.url}/api/v1`, TOKEN: "test-token" };
    const program = path.join(examples, "python-worker/worker.py");
    worker = spawn("python3", [program], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [worker.stdout, worker.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => lines.push(line));
    }
  });
  afterAll(async () => {
    worker.kill("SIGKILL");
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
    await vi.waitFor(() => expect(worker.exitCode).toBeNull());
    expect(lines.filter((line) => !line.endsWith("not ours any more"))).toEqual([]);
  });
});
