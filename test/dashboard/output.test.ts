import { describe, expect, it } from "vitest";
import { kept, noOutput, textOf, withChunk } from "../../src/dashboard/state/operation/output.ts";

const chunk = (offset: number, text: string, isReset = false) => {
  const bytes = new TextEncoder().encode(text);
  return { offset, text, bytes, position: "", isReset };
};

describe("withChunk", () => {
  it("adds what comes, a character in two parts too, and takes back what a reset says", () => {
    const bytes = new TextEncoder().encode("aé");
    let tail = withChunk(noOutput, { ...chunk(0, ""), bytes: bytes.slice(0, 2) });
    tail = withChunk(tail, { ...chunk(2, ""), bytes: bytes.slice(2) });
    tail = withChunk(tail, chunk(3, "lost"));
    expect(textOf(tail)).toBe("aélost");
    tail = withChunk(tail, chunk(3, "", true));
    expect(textOf(withChunk(tail, chunk(3, "kept")))).toBe("aékept");
    expect(textOf(withChunk(tail, chunk(0, "", true)))).toBe("");
  });

  it("keeps the end of what is long, and whole characters of it", () => {
    let tail = noOutput;
    for (let i = 0; i < 30; i++) {
      tail = withChunk(tail, chunk(tail.offset + tail.bytes.length, `x${"é".repeat(10_000)}`));
      expect(tail.bytes.length).toBeLessThanOrEqual(kept);
    }
    expect(tail.offset + tail.bytes.length).toBe(30 * 20_001);
    expect(textOf(tail)).not.toContain("\ufffd");
    // Taken back beyond what is kept.
    const again = withChunk(withChunk(tail, chunk(5, "", true)), chunk(5, "new"));
    expect([again.offset, textOf(again)]).toEqual([5, "new"]);
  });
});
