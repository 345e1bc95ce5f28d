import { describe, expect, it } from "vitest";
import { basePathIn, isBasePath } from "../../src/client/api-catalog.ts";

const catalog = (anchor: unknown) => ({ linkset: [{ anchor }] });

describe("basePathIn", () => {
  it.each([
    ["https://a.test/api/v1/", "/api"],
    ["https://a.test/ops/v1/", "/ops"],
    ["https://a.test/a/b.c~d/v1/", "/a/b.c~d"],
    ["https://a.test/v1/", ""],
  ])("of %s is %j", (anchor, path) => {
    expect(basePathIn(catalog(anchor))).toBe(path);
    expect(isBasePath(path)).toBe(true);
  });

  it.each([
    undefined,
    null,
    [],
    {},
    { linkset: {} },
    catalog(1),
    catalog("/ops/v1/"),
    catalog("https://a.test/ops/"),
    catalog("https://a.test//evil.test/v1/"),
    catalog("https://a.test/a b/v1/"),
  ])("of what is no catalog of ours, %j, is the usual one", (found) => {
    expect(basePathIn(found)).toBe("/api");
  });
});
