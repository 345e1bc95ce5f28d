import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { root } from "../house/documents.ts";
import { inMiniflare } from "../library/in-miniflare.ts";

const example = path.join(root, "examples/mcp-tool");

async function script(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(example, "src/worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd"],
    external: ["cloudflare:*"],
    alias: {
      "edge-operations/dialects/mcp": path.join(root, "src/dialects/mcp/mcp.ts"),
      "edge-operations": path.join(root, "src/operations.ts"),
    },
  });
  return outputFiles[0]?.text ?? "";
}

const on = inMiniflare(script, {
  durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } },
  bindings: { TOKEN: "secret" },
});

it("examples/mcp-tool: the host calls the tool, and its user is asked", async () => {
  const env = { ...process.env, ENDPOINT: `${on.url}/api/mcp`, TOKEN: "secret" };
  const { stdout } = await promisify(execFile)(process.execPath, ["host.mjs"], {
    cwd: example,
    env,
  });
  const [tools, ...told] = stdout.trim().split("\n");
  expect(tools).toMatch(/^tools: publish, operation_wait\b/);
  expect(told).toContain("asked: Publish it as /slow-calls?");
  expect(told).toContain("33 %: Waiting");
  expect(stdout).toMatch(/ %: wrote Ids[\s\S]* %: (?:wrote Waiting)?wrote Results$/m);
  expect(told.at(-1)).toBe("{ published: true, page: '/slow-calls' }");
});
