import { globSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { projects } from "../../vitest.config.ts";
import { root } from "./documents.ts";

/** named are the projects that a file belongs to. */
function named(file: string): string[] {
  const matches = (patterns: readonly string[] = []) =>
    patterns.some((pattern) => path.matchesGlob(file, pattern));
  return projects
    .map(({ test }): { name: string; include: string[]; exclude?: string[] } => test)
    .filter(({ include, exclude }) => matches(include) && !matches(exclude))
    .map(({ name }) => name);
}

/** expanded are the files that a pattern such as `test/{a,b}.test.ts` names. */
function expanded(pattern: string): string[] {
  const [, before = "", names, after = ""] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [];
  return names?.split(",").map((name) => `${before}${name}${after}`) ?? [pattern];
}

describe("the projects of vitest.config.ts", () => {
  const files = globSync("test/**/*.test.ts", { cwd: root });

  it("have each test file once", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => named(file).length !== 1)).toEqual([]);
  });

  it.each(["long", "configured", "alone"])("%s names no file that is not there", (name) => {
    const [project] = projects.filter(({ test }) => test.name === name);
    const spelled = project?.test.include.flatMap(expanded) ?? [];
    expect(spelled.length).toBeGreaterThan(5);
    expect(spelled.filter((file) => !files.includes(file))).toEqual([]);
  });

  it("a file that no project has is found", () => {
    expect(named("test/attic/old.test.ts")).toEqual([]);
  });
});
