import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { read, root } from "./documents.ts";

// Whoever does not read holds a generator, sockets and memory: every answer that is a stream is made by
// paced, which cuts such a client off.

/** The floors that answer clients. */
const floors = ["edge", "dialects", "map"];

it("answers are streamed by paced alone", () => {
  const files = floors.flatMap((floor) =>
    readdirSync(path.join(root, "src", floor), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join("src", floor, file)),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => read(file).includes("new ReadableStream"))).toEqual([]);
  const pacing = files.filter((file) => read(file).includes("paced("));
  expect(pacing.length).toBeGreaterThan(3);
});
