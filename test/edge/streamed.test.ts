import { createExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { Logger } from "../../src/base/log.ts";
import { quiet } from "../../src/base/verbosity.ts";
import { streamed } from "../../src/edge/streamed.ts";

/** answerOf streams pieces; an Error among them is thrown in its place. */
async function answerOf(...given: readonly (string | Error)[]) {
  const lines: string[] = [];
  const made: string[] = [];
  let isOver = false;
  async function* pieces(): AsyncGenerator<string, void> {
    try {
      for (const piece of given) {
        if (piece instanceof Error) throw piece;
        made.push(piece);
        yield piece;
      }
    } finally {
      isOver = true;
    }
  }
  const log = new Logger("test", quiet, {}, (_, line) => lines.push(line));
  const response = await streamed(
    { log, ctx: createExecutionContext(), isInside: false },
    pieces(),
  );
  return { response, lines, made, isOver: () => isOver };
}

describe("streamed", () => {
  test.each([[[]], [["{}"]], [["[", "1", ",2]"]], [['["é', "😀", '"]']]])(
    "answers %j as one text",
    async (pieces) => {
      const { response, lines, isOver } = await answerOf(...pieces);
      expect(await response.text()).toBe(pieces.join(""));
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect([lines, isOver()]).toEqual([[], true]);
    },
  );

  test("throws what the first piece throws, so that the answer can be an error", async () => {
    await expect(answerOf(new Error("broken"), "never")).rejects.toThrow("broken");
  });

  test("is cut off by what a later piece throws, and says so in the log", async () => {
    const { response, lines } = await answerOf("[1", new Error("broken"), "]");
    await expect(response.text()).rejects.toThrow("broken");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "error", message: "response cut off", reason: "Error: broken" },
    ]);
  });

  test("makes no further pieces once its reader has gone", async () => {
    const { response, made, isOver } = await answerOf("1", "2", "3", "4", "5", "6", "7", "8");
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(isOver()).toBe(true);
    expect(made.length).toBeLessThan(4);
  });
});
