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

describe("the projects of vitest.config.ts", () => {
  const files = globSync("test/**/*.test.ts", { cwd: root });

  it("have each test file once", () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => named(file).length !== 1)).toEqual([]);
  });

  it("name no file that is not there", () => {
    const [long = []] = projects.flatMap(({ test }) =>
      test.name === "long" ? [test.include] : [],
    );
    expect(long.flatMap((pattern) => globSync(pattern, { cwd: root }))).toHaveLength(19);
  });

  it("a file that no project has is found", () => {
    expect(named("test/attic/old.test.ts")).toEqual([]);
  });
});
