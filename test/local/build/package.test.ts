import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { licensesOf } from "../../../src/local/build/licenses.ts";
import { type Bundled, bundlePackage } from "../../../src/local/build/package.ts";
import { projectRoot } from "../../../src/local/wrangler.ts";

const manifest = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8"));
const native = new Set(builtinModules);

let bundled: Bundled;
beforeAll(async () => {
  bundled = await bundlePackage();
});

const text = (name: string) => new TextDecoder().decode(bundled.files.get(name));

describe("bundlePackage", () => {
  it("has each file that package.json exports or runs, and each that these import", () => {
    const named = [manifest.bin.kubecfg, ...filesOf(manifest.exports)]
      .filter((file: string) => file.endsWith(".js"))
      .map((file: string) => file.replace("./dist/lib/", ""));
    expect(named.length).toBeGreaterThan(2);
    const parts = [...bundled.files.keys()].filter((name) => /^(part|kubecfg)-/.test(name));
    expect([...named, ...parts, "http.js"].sort()).toEqual([...bundled.files.keys()].sort());
  });

  it("imports what it depends on, at most three packages, and depends on nothing else", () => {
    const imported = [...bundled.imports].filter(
      (name) => !native.has(name) && !name.startsWith("node:") && !name.startsWith("cloudflare:"),
    );
    const packages = new Set(imported.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]));
    const dependencies = Object.keys(manifest.dependencies);
    expect([...packages].sort()).toEqual(dependencies.sort());
    expect(dependencies.length).toBeLessThanOrEqual(3);
  });

  it("has a client that stands alone", () => {
    expect(text("client.js")).not.toMatch(/from "(?!\.\/part-)/);
  });

  it("has kubecfg as a program, whose parts are its own", () => {
    expect(text("kubecfg.js")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const own = [...bundled.files.keys()].filter((name) => name.startsWith("kubecfg"));
    const imported = own.flatMap((name) => [...text(name).matchAll(/"\.\/([\w-]+\.js)"/g)]);
    expect(imported.length).toBeGreaterThan(20);
    expect(imported.map(([, name]) => name).filter((name) => !own.includes(name ?? ""))).toEqual(
      [],
    );
  });
});

describe("licensesOf", () => {
  it("has the license of everything that is bundled, once", async () => {
    const licenses = await licensesOf(bundled.inputs);
    for (const name of ["@sentry/core", "itty-router", "commander", "@cfworker/json-schema"]) {
      expect(licenses.split(`\n${name} `)).toHaveLength(2);
    }
    expect(licenses).not.toContain("\nzod ");
    expect(licenses).toContain("Permission is hereby granted");
  });
});

function filesOf(exported: string | object): string[] {
  return typeof exported === "string" ? [exported] : Object.values(exported).flatMap(filesOf);
}
