import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"));
const groups = ["dependencies", "devDependencies", "optionalDependencies"] as const;

describe("package.json", () => {
  const manifest = read("package.json");

  it("names exact versions", () => {
    const versions = groups.flatMap((group) => Object.entries<string>(manifest[group] ?? {}));
    expect(versions).not.toEqual([]);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  it("agrees with package-lock.json", () => {
    expect(existsSync(path.join(root, "package-lock.json"))).toBe(true);
    const locked = read("package-lock.json").packages[""];
    for (const group of groups) expect(locked[group]).toEqual(manifest[group]);
  });
});

describe(".gitignore", () => {
  it.each([".dev.vars", ".state/do/x.sqlite", ".wrangler/state/x", "node_modules/x"])(
    "keeps %s out of git",
    (name) => {
      // check-ignore ends with status 1, and this throws, when the path is not ignored.
      execFileSync("git", ["check-ignore", "--no-index", "--quiet", name], { cwd: root });
    },
  );
});
