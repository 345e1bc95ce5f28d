import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { asInSrc, blocksOf, documents, root } from "./documents.ts";

// The listings of the pages are checked as a reader's project would check them. They stand under dist/,
// so that they find the packages of this repository.
const directory = path.join(root, "dist/listings");

/** What a listing takes for given, because the page speaks of it beside the listing. */
const given = `
declare const url: string, token: string, picture: string, body: string, headers: Record<string, string>;
declare const signal: AbortSignal;
interface Env {}
`;

const config = {
  extends: "../../tsconfig.json",
  compilerOptions: {
    types: ["@cloudflare/workers-types", "node"],
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: {
      "edge-operations": ["../../src/operations.ts"],
      "edge-operations/client": ["../../src/client/index.ts"],
      "edge-operations/dialects/a2a": ["../../src/dialects/a2a/a2a.ts"],
      "edge-operations/large": ["../../src/object/large/large.ts"],
      "edge-operations/metrics": ["../../src/dialects/native/metrics/metrics.ts"],
      "edge-operations/traces": ["../../src/object/spans/traces.ts"],
      "edge-operations/dialects/fal": ["../../src/dialects/fal/fal.ts"],
      "edge-operations/dialects/google": ["../../src/dialects/google/google.ts"],
      "edge-operations/dialects/kubernetes": ["../../src/dialects/kubernetes/kubernetes.ts"],
      "edge-operations/dialects/mcp": ["../../src/dialects/mcp/mcp.ts"],
      "edge-operations/dialects/openai": ["../../src/dialects/openai/openai.ts"],
      "edge-operations/dialects/proxy": ["../../src/dialects/proxy/proxy.ts"],
      "edge-operations/dialects/replicate": ["../../src/dialects/replicate/replicate.ts"],
    },
  },
  include: [".", "../../src/worker.d.ts"],
  exclude: [],
};

/** A listing is a block that begins with its imports, or with the file of src that it would be. */
const listings = documents()
  .flatMap(blocksOf)
  .filter(({ language, text }) => language === "ts" && /^(?:import |\/\/ src\/)/.test(text))
  .map((block) => ({ ...block, text: asInSrc(block.text) }));

it("a project of one's own has the compiler options of the example", () => {
  const example = JSON.parse(readFileSync(path.join(root, "examples/hono/tsconfig.json"), "utf8"));
  const told = documents()
    .flatMap(blocksOf)
    .filter(({ language, text }) => language === "json" && text.includes('"compilerOptions"'));
  expect(told.map(({ text }) => JSON.parse(text))).toEqual([example]);
});

it("the listings of the pages type-check", () => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(path.join(directory, name), text);
  write("tsconfig.json", JSON.stringify(config));
  write("given.d.ts", given);
  write("kind.ts", 'export * from "../../src/kinds/kind.ts";\n');
  for (const [index, { at, text }] of listings.entries()) {
    write(`${index}.ts`, `${text}\n// ${at}\n`);
    if (text.includes("export const kinds")) write("kinds.ts", text);
  }

  const tsc = path.join(root, "node_modules/.bin/tsc");
  const { stdout, status } = spawnSync(tsc, ["-p", directory], { cwd: root, encoding: "utf8" });
  const told = stdout.replaceAll(/^dist\/listings\/(\d+)\.ts/gm, (_, index) => {
    return listings[Number(index)]?.at ?? "";
  });
  expect(told).toBe("");
  expect(status).toBe(0);
  expect(listings.length).toBeGreaterThan(5);
});
