import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { floorOf } from "./floors.ts";
import { type Import, importsUnder } from "./imports.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"));
const groups = ["dependencies", "devDependencies", "optionalDependencies"] as const;

describe.each(["", "toolchain"])("package.json of %j", (directory) => {
  const manifest = read(path.join(directory, "package.json"));

  it("names exact versions", () => {
    const versions = groups.flatMap((group) => Object.entries<string>(manifest[group] ?? {}));
    expect(versions).not.toEqual([]);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  it("agrees with package-lock.json", () => {
    const locked = read("package-lock.json").packages[directory];
    for (const group of groups) expect(locked[group]).toEqual(manifest[group]);
  });
});

describe("the package that is published", () => {
  const imports = importsUnder(path.join(root, "src")).filter(({ from }) =>
    ["base", "core", "client", "cli"].includes(floorOf(from)),
  );

  it("depends on what its files import, and on nothing else", () => {
    const shipped = shippedFrom(["client/index.ts", "cli/kubecfg.ts"], imports);
    const packages = imports
      .filter(({ from, local, to }) => shipped.has(from) && !local && !to.startsWith("node:"))
      .map(({ to }) => packageOf(to));
    const { dependencies } = read("package.json");
    expect([...new Set(packages)].sort()).toEqual(Object.keys(dependencies).sort());
  });
});

/** The files that are reached from some by imports. */
function shippedFrom(entries: readonly string[], imports: readonly Import[]): Set<string> {
  const shipped = new Set(entries);
  for (const file of shipped) {
    for (const { from, to, local } of imports) if (local && from === file) shipped.add(to);
  }
  return shipped;
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

describe(".gitignore", () => {
  it.each([".dev.vars", ".state/do/x.sqlite", ".wrangler/state/x", "node_modules/x"])(
    "keeps %s out of git",
    (name) => {
      // check-ignore ends with status 1, and this throws, when the path is not ignored.
      execFileSync("git", ["check-ignore", "--no-index", "--quiet", name], { cwd: root });
    },
  );
});
