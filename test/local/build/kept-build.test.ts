import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type KeptBuildOptions, keptBuild } from "../../../src/local/build/kept-build.ts";

let directory: string;
let options: KeptBuildOptions;
let builds: number;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "edge-operations-kept-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const at = (name: string) => path.join(directory, name);
  options = {
    file: at("kept/it"),
    inputs: [at("in"), at("one"), at("none")],
    outputs: [at("out")],
  };
  builds = 0;
  await put("in/deep/a", "a");
  await put("one", "1");
});

async function put(name: string, text: string): Promise<void> {
  const file = path.join(directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** A build that joins its inputs, and writes beside. */
async function build(): Promise<string> {
  builds++;
  const read = (name: string) => readFile(path.join(directory, name), "utf8");
  const text = `${await read("in/deep/a")}\n${await read("one")}`;
  await put("out/beside", text);
  return text;
}

describe("keptBuild", () => {
  it("builds once of the same inputs, and returns to the letter what was built", async () => {
    expect([await keptBuild(options, build), await keptBuild(options, build)]).toEqual([
      "a\n1",
      "a\n1",
    ]);
    expect(builds).toBe(1);
  });

  it.each([
    ["a file has changed", () => put("in/deep/a", "b"), "b\n1"],
    ["a file was added", () => put("in/new", ""), "a\n1"],
    ["a single file has changed", () => put("one", "2"), "a\n2"],
    ["what was not there is", () => put("none", ""), "a\n1"],
    ["an output has changed", () => put("out/beside", "by hand"), "a\n1"],
    ["an output is gone", () => remove("out"), "a\n1"],
    ["what was kept is broken", () => put("kept/it", "half"), "a\n1"],
  ])("builds anew where %s, once", async (_, change, wanted) => {
    await keptBuild(options, build);
    await change();
    expect(await keptBuild(options, build)).toBe(wanted);
    expect(builds).toBe(2);
    expect(await keptBuild(options, build)).toBe(wanted);
    expect(builds).toBe(2);
  });

  it("keeps nothing of a source that changes meanwhile", async () => {
    const racing = async () => {
      const text = await build();
      await put("one", "2");
      return text;
    };
    expect(await keptBuild(options, racing)).toBe("a\n1");
    await put("one", "1");
    await keptBuild(options, build);
    expect(builds).toBe(2);
  });

  it("fails as the build does, and builds where nothing can be kept", async () => {
    const fail = () => Promise.reject(new Error("does not build"));
    await expect(keptBuild(options, fail)).rejects.toThrow("does not build");
    const nowhere = { ...options, file: path.join(directory, "one/it") };
    expect(await keptBuild(nowhere, build)).toBe("a\n1");
    expect(await keptBuild(nowhere, build)).toBe("a\n1");
    expect(builds).toBe(2);
  });
});

function remove(name: string): Promise<void> {
  return rm(path.join(directory, name), { recursive: true });
}
