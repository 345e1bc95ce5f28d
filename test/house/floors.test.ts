import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { circles } from "./circles.ts";
import { mayImport, violation } from "./floors.ts";
import { importsOf, importsUnder, sourceFiles } from "./imports.ts";
import { fullest, longest, reasons } from "./sizes.ts";

const src = path.resolve(import.meta.dirname, "../../src");
const imports = importsUnder(src);

describe("floors", () => {
  it("no import under src points up", () => {
    expect(imports.filter(({ local }) => local)).not.toEqual([]);
    expect(imports.map(violation).filter((found) => found !== undefined)).toEqual([]);
  });

  it("no file imports itself by way of others, for a type either", () => {
    expect(circles(imports)).toEqual([]);
  });

  it.each([
    [["a b", "b c", "c a", "c d"], [["a", "b", "c"]]],
    [
      ["a b", "b a", "b c", "c d", "d c"],
      [
        ["c", "d"],
        ["a", "b"],
      ],
    ],
    [["a b", "a c", "b d", "c d"], []],
  ])("circles of %j are %j", (edges, found) => {
    const made = edges.map((edge) => {
      const [from = "", to = ""] = edge.split(" ");
      return { from, to, local: true };
    });
    expect(circles(made)).toEqual(found);
  });

  it("a file of src has at most 400 lines, and a folder at most 20 files, but for a reason", () => {
    const files = sourceFiles(src);
    const folders = Map.groupBy(files, (file) => path.dirname(file));
    const large = [
      ...files.filter((file) => linesOf(file) > longest),
      ...[...folders].filter(([, inside]) => inside.length > fullest).map(([folder]) => folder),
    ];
    expect(large.sort()).toEqual(Object.keys(reasons).sort());
  });

  it("every folder of src has a floor", () => {
    const folders = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !(name in mayImport))).toEqual([]);
  });

  it.each([
    ["core/operation.ts", "../base/duration.ts"],
    ["core/operation.ts", "./errors.ts"],
    ["config/config.ts", "zod/mini"],
    ["kinds/http.ts", "../core/errors.ts"],
    ["object/store.ts", "../kinds/index.ts"],
    ["object/operations-object.ts", "cloudflare:workers"],
    ["map/shards.ts", "../object/address.ts"],
    ["dialects/native/native.ts", "../../map/tenant-map.ts"],
    ["dialects/native/native.ts", "../../edge/routes.ts"],
    ["dialects/proxy/forward.ts", "../native/handlers/answers.ts"],
    ["index.ts", "./edge/problem.ts"],
    ["operations.ts", "./client/index.ts"],
    ["cli/kubecfg.ts", "../client/client.ts"],
    ["local/serve.ts", "../config/config.ts"],
    ["local/serve.ts", "node:util"],
  ])("%s may import %s", (from, specifier) => {
    expect(violations(from, specifier)).toEqual([]);
  });

  it.each([
    ["base/log.ts", "../core/errors.ts"],
    ["core/operation.ts", "../object/store.ts"],
    ["core/operation.ts", "../base/log.ts"],
    ["core/operation.ts", "node:crypto"],
    ["core/operation.ts", "cloudflare:workers"],
    ["core/operation.ts", "zodiac"],
    ["core/operation.ts", "../config/config.ts"],
    ["config/config.ts", "node:crypto"],
    ["runner/runner.ts", "../object/store.ts"],
    ["kinds/http.ts", "../runner/runner.ts"],
    ["kinds/http.ts", "../dialects/native/native.ts"],
    ["object/store.ts", "../map/shards.ts"],
    ["map/shards.ts", "../edge/exchange.ts"],
    ["edge/traffic-ledger.ts", "../object/address.ts"],
    ["dialects/native/native.ts", "../../object/operations-object.ts"],
    ["edge/problem.ts", "../dialects/native/native.ts"],
    ["edge/problem.ts", "../index.ts"],
    ["client/client.ts", "../object/store.ts"],
    ["cli/kubecfg.ts", "../dashboard/page.ts"],
    ["dashboard/page.ts", "../cli/kubecfg.ts"],
    ["local/serve.ts", "../edge/problem.ts"],
    ["edge/problem.ts", "../local/serve.ts"],
    ["attic/old.ts", "../core/errors.ts"],
    ["core/operation.ts", "../../test/core/operations.ts"],
  ])("%s may not import %s", (from, specifier) => {
    expect(violations(from, specifier)).toHaveLength(1);
  });

  it.each([
    ['import { a } from "../object/a.ts";'],
    ['import type { A } from "../object/a.ts";'],
    ['import {\n  a,\n  type B,\n} from "../object/a.ts";'],
    ['import "../object/a.ts";'],
    ['export * from "../object/a.ts";'],
    ["export { a } from '../object/a.ts';"],
    ['const a = await import("../object/a.ts");'],
    ['type A = import("../object/a.ts").A;'],
  ])("importsOf reads %j", (text) => {
    expect(importsOf("core/operation.ts", text)).toEqual([
      { from: "core/operation.ts", to: "object/a.ts", local: true },
    ]);
  });
});

function linesOf(file: string): number {
  return readFileSync(path.join(src, file), "utf8").split("\n").length - 1;
}

function violations(from: string, specifier: string): string[] {
  return importsOf(from, `import "${specifier}";`).flatMap((edge) => violation(edge) ?? []);
}
