import { describe, expect, test } from "vitest";
import { isIdempotencyKey, wantedKey } from "../../src/core/idempotency-key.ts";

describe("isIdempotencyKey", () => {
  test.each([
    ["one character", "a"],
    ["a blank", " "],
    ["the first and the last printable character", " ~"],
    ["a UUID in quotes", '"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ["255 characters", "k".repeat(255)],
  ])("isIdempotencyKey takes %s", (_, text) => {
    expect(isIdempotencyKey(text)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["256 characters", "k".repeat(256)],
    ["a character below the printable ones", "a\u001f"],
    ["a character above them", "\u007fa"],
    ["a newline after it", "a\n"],
    ["a tab before it", "\ta"],
    ["a letter beyond ASCII", "é"],
  ])("isIdempotencyKey refuses %s", (_, text) => {
    expect(isIdempotencyKey(text)).toBe(false);
  });

  test("wantedKey says what isIdempotencyKey takes", () => {
    expect(wantedKey).toBe("must be 1 to 255 printable characters");
  });
});
