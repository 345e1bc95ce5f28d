import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { readInBatches } from "../../src/local/workerd.ts";

/** A process that writes 100 numbered lines, one after another, and then what `atEnd` does. */
function writing(atEnd = ""): ChildProcess {
  const script = `
    let n = 0;
    const next = () => {
      if (n === 100) { ${atEnd}; return; }
      process.stdout.write(n++ + "\\n", () => setTimeout(next, 1));
    };
    next();`;
  return spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

/** What a process has written, in the pieces that were read. */
function piecesOf({ stdout }: ChildProcess): string[] {
  const pieces: string[] = [];
  stdout?.setEncoding("utf8").on("data", (piece) => pieces.push(piece));
  return pieces;
}

const lines = Array.from({ length: 100 }, (_, n) => `${n}\n`).join("");

describe("readInBatches", () => {
  test("reads every line, many at once, up to the end of the process", async () => {
    const child = writing();
    const pieces = piecesOf(child);
    const times: number[] = [];
    child.stdout?.on("data", () => times.push(performance.now()));
    readInBatches(child);
    await once(child, "close");
    expect(pieces.join("")).toBe(lines);
    // A read every 5 ms, which a timer may miss by one; a busy process takes longer for its lines.
    const took = (times.at(-1) ?? 0) - (times[0] ?? 0);
    expect(pieces.length).toBeLessThanOrEqual(took / 4 + 2);
  });

  test("reads what is left when it is told to read on, and then everything as it comes", async () => {
    const child = writing("process.stdout.write('last\\n'), setInterval(() => {}, 1_000)");
    const pieces = piecesOf(child);
    const readOn = readInBatches(child);
    await once(child.stdout as NodeJS.ReadableStream, "data");
    readOn();
    while (!pieces.join("").endsWith("last\n")) {
      await once(child.stdout as NodeJS.ReadableStream, "data");
    }
    expect(pieces.join("")).toBe(`${lines}last\n`);
    child.kill("SIGKILL");
    await once(child, "close");
  });

  test("leaves a process without a pipe alone", () => {
    expect(() => readInBatches({ stdout: null })()).not.toThrow();
  });
});
