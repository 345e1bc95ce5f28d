import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubecfg } from "./kubecfg.ts";
import { onTerminal } from "./terminal.ts";

const id = "op1";
const events = [
  ["output", "1-4", { offset: 0, text: "lost" }],
  ["reset", "2-0", { offset: 0 }],
  ["output", "2-9", { offset: 0, text: "\x1b[31mred\n" }],
  ["output", "2-11", { offset: 9, base64: "/wA=" }],
  ["end", "2-11", { offset: 11, status: "failed" }],
] as const;
const paths: (string | undefined)[] = [];
let server: Server;
let env: Record<string, string>;

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    paths.push(url);
    if (!url?.includes("/output")) {
      response.setHeader("content-type", "application/json");
      const error = { code: "boom", message: "It broke" };
      response.end(JSON.stringify({ id, kind: "echo", status: "failed", labels: {}, error }));
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    response.write(": output\n\n");
    for (const [type, place, data] of events) {
      response.write(`id: ${place}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  env = { KUBECFG_HOST: `http://127.0.0.1:${port}`, KUBECFG_TOKEN: "tested" };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("kubecfg output", () => {
  it("writes the bytes to a pipe, tells resets beside them, and ends with -f as the operation did", async () => {
    const { status, stdout, stderr } = await kubecfg(["output", "-f", id], { env });
    expect(stdout).toBe("lost\x1b[31mred\n\ufffd\0");
    expect(stderr).toContain("Another attempt is writing the output again from byte 0");
    expect(stderr).toContain("It broke");
    expect(status).toBe(1);
  });

  it("without -f asks for what there is", async () => {
    const { status } = await kubecfg(["output", id, "--after", "3"], { env });
    expect(status).toBe(0);
    expect(paths.at(-1)).toBe(`/api/v1/operations/${id}/output?follow=false`);
  });

  it("lets nothing steer a terminal", async () => {
    const terminal = onTerminal(["output", "-f", id], { env });
    const { text } = await terminal.ended;
    expect(terminal.raw).not.toContain("\x1b[31mred");
    expect(text).toContain("\\x1b[31mred");
  });

  it.each(["x", "-1"])("refuses --after %s", async (after) => {
    const { status, stderr } = await kubecfg(["output", id, `--after=${after}`], { env });
    expect([status, stderr]).toEqual([2, expect.stringContaining("--after")]);
  });
});
