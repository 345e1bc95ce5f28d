import { describe, expect, test } from "vitest";
import { decodeUtf8 } from "../../src/base/utf8.ts";

describe("decodeUtf8", () => {
  test.each([
    ["nothing", [], ""],
    ["a character of two bytes", [0xc3, 0xa9], "é"],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
    ["half a character", [0xc3], undefined],
    ["Latin-1", [0xe9, 0x61], undefined],
    ["half a surrogate pair", [0xed, 0xa0, 0x80], undefined],
  ])("decodeUtf8 of %s", (_, bytes, text) => {
    // What could not be decoded before is not remembered.
    decodeUtf8(new Uint8Array([0xc3]));
    expect(decodeUtf8(new Uint8Array(bytes))).toBe(text);
    expect(decodeUtf8(new Uint8Array(bytes).buffer)).toBe(text);
  });
});
