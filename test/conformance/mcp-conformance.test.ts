import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { root } from "../house/documents.ts";

// The conformance suite of MCP, unmodified: the scenarios for what is served here. It sends no token, so
// what stands between adds one, and leaves all else as it came, Host and Origin too.

const on = serving({ env: { DEVELOPMENT: "true" } });
const between = createServer((incoming, outgoing) => {
  const headers = { ...incoming.headers, authorization: "Bearer test-token" };
  const options = { ...(incoming.method !== undefined && { method: incoming.method }), headers };
  const forwarded = request(`${on.served.url}${incoming.url}`, options, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(forwarded);
});

beforeAll(async () => {
  between.listen(0, "127.0.0.1");
  await once(between, "listening");
});

afterAll(() => {
  between.closeAllConnections();
  between.close();
});

it.each(["server-initialize", "ping", "tools-list", "dns-rebinding-protection"])(
  "the scenario %s passes",
  async (scenario) => {
    const url = `http://localhost:${(between.address() as AddressInfo).port}/api/mcp`;
    const program = path.join(root, "node_modules/.bin/conformance");
    const args = ["server", "--url", url, "--scenario", scenario];
    const { status, printed } = await run(program, args);
    expect(printed).toMatch(/Passed: (\d+)\/\1, 0 failed/);
    expect(status).toBe(0);
  },
);

function run(program: string, args: readonly string[]) {
  return new Promise<{ status: number; printed: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code ?? 1) : 0, printed: stdout + stderr });
    });
  });
}
