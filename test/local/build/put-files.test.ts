import { mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { filesUnder } from "../../../src/local/build/files-under.ts";
import { putFiles } from "../../../src/local/build/put-files.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "edge-operations-put-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

const files = (texts: Readonly<Record<string, string>>) =>
  new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));

describe("putFiles", () => {
  it("makes the directory hold these files and no others", async () => {
    await putFiles(directory, files({ a: "1", "deep/b": "2", "deep/c": "3" }));
    await putFiles(directory, files({ a: "1", "deep/b": "4" }));
    expect(await filesUnder(directory)).toEqual(files({ a: "1", "deep/b": "4" }));
  });

  it("leaves what has not changed as it is", async () => {
    await putFiles(directory, files({ a: "1" }));
    const file = path.join(directory, "a");
    await utimes(file, 1, 1);
    await putFiles(directory, files({ a: "1" }));
    expect((await stat(file)).mtimeMs).toBe(1_000);
  });

  it("is always whole for who reads", async () => {
    const [old, fresh] = ["old", "new"].map((word) => word.repeat(300_000));
    const file = path.join(directory, "a");
    await putFiles(directory, files({ a: old ?? "" }));
    let isOver = false;
    const putting = putFiles(directory, files({ a: fresh ?? "" })).finally(() => {
      isOver = true;
    });
    const seen = new Set<string>();
    while (!isOver) seen.add(await readFile(file, "utf8"));
    await putting;
    expect([...seen].filter((text) => text !== old && text !== fresh)).toEqual([]);
    expect(await readFile(file, "utf8")).toBe(fresh);
  });

  it("leaves alone what somebody else is writing", async () => {
    await writeFile(path.join(directory, "b.1.new"), "half");
    await putFiles(directory, files({ a: "1" }));
    expect([...(await filesUnder(directory)).keys()].sort()).toEqual(["a", "b.1.new"]);
  });
});
