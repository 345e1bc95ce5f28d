import { describe, expect, test } from "vitest";
import { textOf } from "../../../src/dialects/native/watching/said.ts";
import { fitting, room } from "../../../src/dialects/openai/room.ts";
import { bytesOf } from "../native/watching/writer.ts";

const MiB = 1024 * 1024;

function fit(...texts: string[]) {
  const { messages, isCut } = fitting({ messages: texts.map(bytesOf), isCut: false });
  const told = messages.map(textOf);
  const size = told.reduce((sum, text) => sum + bytesOf(JSON.stringify(text)).length - 2, 0);
  return { told, isCut, size };
}

describe("fitting", () => {
  test.each([
    [["a", ""]],
    [["x".repeat(MiB), "y".repeat(MiB)]],
    [["é".repeat(MiB / 2), "😀".repeat(MiB / 4)]],
    [["\u0001".repeat(room / 6)]],
    [['"'.repeat(MiB)]],
  ])("leaves whole what is at most 2 MiB as JSON", (texts) => {
    const { told, isCut } = fit(...texts);
    expect([told.every((text, index) => text === texts[index]), told.length]).toEqual([
      true,
      texts.length,
    ]);
    expect(isCut).toBe(false);
  });

  test.each([
    [["\u0001".repeat(MiB), "\u0001".repeat(MiB)], 1],
    [["x".repeat(MiB), "\u0001".repeat(MiB)], 2],
    [["x".repeat(MiB), `${"é".repeat(MiB / 2 - 1)}"""`], 2],
    [['"'.repeat(MiB), "left out"], 1],
  ])("cuts off what is more, both together", (texts, count) => {
    const { told, isCut, size } = fit(...texts);
    expect([isCut, told.length]).toEqual([true, count]);
    expect(told.every((text, index) => texts[index]?.startsWith(text))).toBe(true);
    expect(size).toBeLessThanOrEqual(room);
    expect(size).toBeGreaterThan(room - 32 * 1024);
  });

  test("counts a byte that is no text as the character that stands for it", () => {
    const messages = [new Uint8Array(MiB).fill(0xff)];
    const { messages: told, isCut } = fitting({ messages, isCut: false });
    expect([isCut, told.length]).toEqual([true, 1]);
    expect(bytesOf(textOf(told[0] as Uint8Array)).length).toBeLessThanOrEqual(room);
  });
});
