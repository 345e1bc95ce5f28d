import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bundled, bundlePackage } from "../../../src/local/build/package.ts";
import { projectRoot } from "../../../src/local/wrangler.ts";

// What a Worker of somebody's own uploads for its operations, in bytes: one kind, the native API, and
// no schema library of its own. The bound moves only with what everybody is to have; the rest is imported by name.

const worker = `
import { createOperations, makeAsync } from "edge-operations";
const input = { "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } };
const hello = makeAsync({ description: "Says hello.", input, run: () => "hello" });
const operations = createOperations({ kinds: { hello } });
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}
export default { fetch: operations.fetch };
`;

const http = 'import { http } from "edge-operations"; console.log(http);';

/** The bytes of the bundle by gzip, and the files that went in. */
async function bundle({ files }: Bundled, source: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: projectRoot },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    logLevel: "error",
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    plugins: [
      {
        name: "the package as it is built",
        setup({ onResolve, onLoad }) {
          // As package.json says.
          const found = (name: string) => ({
            path: name,
            namespace: "package",
            sideEffects: false,
          });
          onResolve({ filter: /^edge-operations/ }, ({ path }) => {
            const name = path.split("/").at(-1);
            return found(name === "edge-operations" ? "index.js" : `${name}.js`);
          });
          onResolve({ filter: /^\.\//, namespace: "package" }, ({ path }) => found(path.slice(2)));
          onLoad({ filter: /.*/, namespace: "package" }, ({ path }) => ({
            contents: files.get(path) ?? "",
            resolveDir: projectRoot,
          }));
        },
      },
    ],
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([name]) => name);
  return { size: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length, used };
}

describe("a Worker with one kind", () => {
  let bundled: Bundled;
  let own: Awaited<ReturnType<typeof bundle>>;
  beforeAll(async () => {
    bundled = await bundlePackage();
    own = await bundle(bundled, worker);
  });

  it("is at most so large, gzipped", () => {
    expect(own.size).toBeGreaterThan(50_000);
    expect(own.size).toBeLessThanOrEqual(122_300);
  });

  it("has nothing of zod; with the kind http, nothing of its translations but English", async () => {
    const zod = (names: readonly string[]) => names.filter((name) => name.includes("/zod/"));
    expect(zod(own.used)).toEqual([]);
    const { used } = await bundle(bundled, `${worker}${http}`);
    expect(zod(used).filter((name) => name.includes("/locales/"))).toEqual([
      "node_modules/zod/v4/locales/en.js",
    ]);
  });

  it.each([
    ["the kind http", http],
    ["openApi", 'import { openApi } from "edge-operations/openapi"; console.log(openApi);'],
    ["metrics", 'import { metrics } from "edge-operations/metrics"; console.log(metrics);'],
    ["moving", 'import { moving } from "edge-operations/moving"; console.log(moving);'],
    ["large", 'import { large } from "edge-operations/large"; console.log(large);'],
    ["tickets", 'import { tickets } from "edge-operations/tickets"; console.log(tickets);'],
    ["sentry", 'import { sentry } from "edge-operations/sentry"; console.log(sentry);'],
    [
      "jsonSchema",
      'import { jsonSchema } from "edge-operations/json-schema"; console.log(jsonSchema);',
    ],
    ["the dialect a2a", 'import { a2a } from "edge-operations/dialects/a2a"; console.log(a2a);'],
    ["the dialect fal", 'import { fal } from "edge-operations/dialects/fal"; console.log(fal);'],
    [
      "the dialect google",
      'import { google } from "edge-operations/dialects/google"; console.log(google);',
    ],
    [
      "the dialect kubernetes",
      'import { kubernetes } from "edge-operations/dialects/kubernetes"; console.log(kubernetes);',
    ],
    ["the dialect mcp", 'import { mcp } from "edge-operations/dialects/mcp"; console.log(mcp);'],
    [
      "the dialect openai",
      'import { openai } from "edge-operations/dialects/openai"; console.log(openai);',
    ],
    [
      "the dialect proxy",
      'import { proxy } from "edge-operations/dialects/proxy"; console.log(proxy);',
    ],
    [
      "the dialect replicate",
      'import { replicate } from "edge-operations/dialects/replicate"; console.log(replicate);',
    ],
  ])("has %s only where it is imported", async (_, source) => {
    const more = await bundle(bundled, `${worker}${source}`);
    expect(more.size).toBeGreaterThan(own.size + 700);
  });

  it.each(weights())("%s adds at most what docs/dialects.md says, %i KiB", async (name, told) => {
    const source = `import { ${name} } from "edge-operations/dialects/${name}"; console.log(${name});`;
    const more = await bundle(bundled, `${worker}${source}`);
    expect(more.size).toBeGreaterThan(own.size);
    expect(more.size).toBeLessThanOrEqual(own.size + told * 1_024);
  });
});

/** What docs/dialects.md says that each dialect weighs, in KiB. */
function weights(): (readonly [string, number])[] {
  const page = readFileSync(join(projectRoot, "docs/dialects.md"), "utf8");
  const rows = page.matchAll(/^\| `(\w+)` \| (\d+) \|$/gm);
  return [...rows].map(([, name = "", kib = ""]) => [name, Number(kib)]);
}
