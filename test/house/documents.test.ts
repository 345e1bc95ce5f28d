import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { transformSync } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { parse } from "yaml";
import { anchorsOf, blocksOf, documents, linksOf, read, root } from "./documents.ts";

const files = documents();
const scratch = mkdtempSync(path.join(tmpdir(), "documents-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("README", () => {
  it("has at most 200 lines", () => {
    expect(read("README.md").split("\n").length).toBeLessThanOrEqual(200);
  });

  it.each(["README.md", "docs/README.md"])("%s lists every page of docs", (list) => {
    const listed = linksOf(list).map((target) => path.join(path.dirname(list), target));
    const pages = files.filter(
      (file) => /^docs\/[^/]+\.md$/.test(file) && file !== "docs/README.md",
    );
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  it.each([
    ["src", (name: string) => `\`src/${name}\``],
    ["src/object", (name: string) => `\`${name}/\``],
  ])("has a row for every folder of %s", (folder, written) => {
    const cells = read("ARCHITECTURE.md").matchAll(/^\| ([^|]+) \|/gm);
    const listed = [...cells].flatMap(([, cell = ""]) => cell.split(", "));
    const folders = readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders).not.toEqual([]);
    expect(folders.filter((name) => !listed.includes(written(name)))).toEqual([]);
  });
});

describe("links", () => {
  it.each(files)("%s points to what exists", (file) => {
    const broken = linksOf(file).filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [place = "", anchor] = target.split("#");
      const found = place === "" ? file : path.join(path.dirname(file), place);
      if (!existsSync(path.join(root, found))) return true;
      return anchor !== undefined && !anchorsOf(found).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("a heading's anchor is GitHub's", () => {
    expect(anchorsOf("docs/operations.md")).toContain("promises-and-their-limits");
  });
});

describe("commands", () => {
  it.each(files)("every npm script that %s names exists", (file) => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = read(file).matchAll(/\bnpm run ([a-z][\w:-]*)|\bnpm (start|test)\b/g);
    const names = [...named].map(([, script, short]) => script ?? short ?? "");
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(files)("every file that %s has run or read exists", (file) => {
    const named = read(file).matchAll(/`(?:node )?((?:src|test|examples|docs)\/[\w./-]+)`/g);
    // NAME stands for one that is to be chosen.
    const paths = [...named].flatMap(([, name = ""]) => (name.includes("NAME") ? [] : name));
    expect(paths.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });
});

/** parsers throw where a block cannot be read. */
const parsers: Readonly<Record<string, (text: string) => void>> = {
  json: (text) => void JSON.parse(text),
  js: (text) => void transformSync(text, { loader: "js" }),
  ts: (text) => void transformSync(text, { loader: "ts" }),
  sh: (text) => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  },
  yaml: (text) => void parse(text),
  // A piece of a configuration goes at the end of the repository's own.
  toml: (text) => {
    const [, environment] = /^\[env\.(\w+)\]$/m.exec(text) ?? [];
    const config = path.join(scratch, "wrangler.toml");
    const isWhole = /^(?:main|compatibility_date) = /m.test(text);
    writeFileSync(config, isWhole ? text : `${read("wrangler.toml")}\n${text}`);
    unstable_readConfig({ config, ...(environment !== undefined && { env: environment }) });
  },
  // Of an example, which a test runs.
  python: (text) => expect(read("examples/python-worker/worker.py")).toContain(text),
};

describe("blocks", () => {
  const blocks = files.flatMap(blocksOf).filter(({ language }) => language !== "");

  it.each(blocks)("$at ($language) can be read", ({ language, text }) => {
    expect(parsers).toHaveProperty(language);
    expect(() => parsers[language]?.(text)).not.toThrow();
  });

  it.each([
    ["json", "{a:1}"],
    ["js", "const = 1;"],
    ["ts", "const a: = 1;"],
    ["sh", "if true; then"],
    ["toml", "[env.staging\n"],
    ["yaml", "a: [1\n"],
    ["python", "import nothing"],
  ])("a broken block of %s is found", (language, text) => {
    expect(() => parsers[language]?.(text)).toThrow();
  });
});

describe("docs/api.md", () => {
  it("shows the page of examples/browser-progress as it is", () => {
    const page = read("examples/browser-progress/page.html");
    const shown = blocksOf("docs/api.md").find(({ text }) => text.includes("new EventSource"));
    const lines = (text = "") => text.split("\n").map((line) => line.trim());
    expect(lines(shown?.text).filter((line) => !lines(page).includes(line))).toEqual([]);
    expect(shown?.text).toContain('addEventListener("operation"');
  });
});

describe("docs/workers.md", () => {
  it("shows all of examples/python-worker", () => {
    const worker = read("examples/python-worker/worker.py");
    expect(read("docs/workers.md")).toContain(worker.slice(worker.indexOf("import json")));
  });
});
