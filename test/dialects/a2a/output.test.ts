import { describe, expect, test } from "vitest";
import { outputChunks } from "../../../src/dialects/a2a/output.ts";
import type { Asked } from "../../../src/edge/exchange.ts";
import type { OutputPiece } from "../../../src/map/output-reader.ts";

const bytes = (text: string): OutputPiece => ({
  type: "bytes",
  bytes: new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>,
});

/** What is told of an output that is read by these readers, one after the other. */
async function told(...readers: (readonly OutputPiece[])[]) {
  const opened: object[] = [];
  const map = {
    output: async (_: string, place: object) => {
      opened.push(place);
      const pieces = [...(readers.shift() ?? [])];
      return { reader: { next: async () => pieces.shift(), close: () => {} } };
    },
  };
  const { chunks } = outputChunks({ map } as unknown as Asked, "01m8");
  return { chunks: await Array.fromAsync(chunks), opened };
}

describe("outputChunks", () => {
  test("the first replaces, the others go behind", async () => {
    const { chunks } = await told([bytes("a"), bytes("b")]);
    expect(chunks).toEqual([
      { text: "a", append: false },
      { text: "b", append: true },
    ]);
  });

  test("a character that comes in two pieces is told in one", async () => {
    const [first, second] = [new Uint8Array([0xc3]), new Uint8Array([0xbc])];
    const { chunks } = await told([
      { type: "bytes", bytes: first },
      { type: "bytes", bytes: second },
    ]);
    expect(chunks).toEqual([{ text: "ü", append: false }]);
  });

  test("what another attempt writes anew replaces all that was told, from the beginning", async () => {
    const reset: OutputPiece = { type: "reset", offset: 1 };
    const { chunks, opened } = await told([bytes("ab"), reset], [bytes("a"), bytes("c")]);
    expect(chunks).toEqual([
      { text: "ab", append: false },
      { text: "", append: false },
      { text: "a", append: true },
      { text: "c", append: true },
    ]);
    expect(opened).toEqual([{ offset: 0 }, { offset: 0 }]);
  });

  test("a long text comes in pieces", async () => {
    const { chunks } = await told([bytes("x".repeat(70_000))]);
    expect(chunks.map(({ text }) => text.length)).toEqual([65_536, 4_464]);
  });

  test("nothing is told where it cannot be read", async () => {
    const map = { output: async () => ({ error: { code: "unavailable" } }) };
    const { chunks } = outputChunks({ map } as unknown as Asked, "01m8");
    expect(await Array.fromAsync(chunks)).toEqual([]);
  });
});
