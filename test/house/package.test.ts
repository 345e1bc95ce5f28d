import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { packageVersion } from "../../src/base/version.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"));
const groups = ["dependencies", "devDependencies", "optionalDependencies"] as const;

describe.each(["", "toolchain"])("package.json of %j", (directory) => {
  const manifest = read(path.join(directory, "package.json"));

  it("names exact versions, and ranges of what a user's project may have too", () => {
    const versions = groups.flatMap((group) => Object.entries<string>(manifest[group] ?? {}));
    expect(versions).not.toEqual([]);
    // What is not published is in no user's project.
    const shared = manifest.private ? [] : Object.values(manifest.dependencies ?? {});
    const inexact = versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(inexact.map(([, version]) => version)).toEqual(shared);
    expect(shared.filter((version) => !/^\^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });

  it("agrees with package-lock.json", () => {
    const locked = read("package-lock.json").packages[directory];
    for (const group of groups) expect(locked[group]).toEqual(manifest[group]);
  });
});

describe("npm ci in a clone", () => {
  it("builds by a script of the workspace, so that the package itself has none that its users must approve", () => {
    const runAtInstall = ["preinstall", "install", "postinstall", "prepare"];
    const scripts = Object.keys(read("package.json").scripts);
    expect(scripts.filter((name) => runAtInstall.includes(name))).toEqual([]);
    expect(read("toolchain/package.json").scripts).toEqual({
      prepare: "npm --prefix .. run build",
    });
  });
});

describe("packageVersion", () => {
  it("is the same everywhere", () => {
    const lock = read("package-lock.json");
    expect([read("package.json").version, lock.version, lock.packages[""].version]).toEqual(
      Array.from({ length: 3 }, () => packageVersion),
    );
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
