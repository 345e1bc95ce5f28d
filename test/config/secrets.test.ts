import { describe, expect, it } from "vitest";
import { ok } from "../../src/base/result.ts";
import { bad } from "../../src/config/reader.ts";
import { secrets } from "../../src/config/secrets.ts";

const read = secrets(4);

describe("secrets", () => {
  it.each([
    ["abcd", ["abcd"]],
    [" abcd\n\tefghi  ", ["abcd", "efghi"]],
  ])("of %j are %j, in their order", (text, value) => {
    expect(read(text)).toEqual(ok(value));
  });

  it.each(["", " ", "abc", "abcd abc", "a b c d"])("refuses %j, and quotes none of it", (text) => {
    expect(read(text)).toEqual(
      bad("must be secrets of at least 4 characters each, separated by spaces"),
    );
  });
});
