import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headerList, headerParts } from "../../../src/base/headers/header-list.ts";

describe("headerList", () => {
  test.each([
    [null, []],
    ["", []],
    [" , ,", []],
    ["a", ["a"]],
    ["a, b,c", ["a", "b", "c"]],
    ['a="b, c", d', ['a="b, c"', "d"]],
    ['a="b\\", c", d', ['a="b\\", c"', "d"]],
    ['"x,y", W/"z"', ['"x,y"', 'W/"z"']],
    ['a="b, c', ['a="b', "c"]],
    ['a="b", c="d, "e", f\\', ['a="b"', 'c="d, "e"', "f\\"]],
    ['"\\", "\\"', ['"\\", "\\"']],
    ['"\\", \\"', ['"\\"', '\\"']],
  ])("%s is %j", (header, list) => {
    expect(headerList(header)).toEqual(list);
  });

  test("reads back any quoted strings and tokens", () => {
    const quoted = fc.string().map((text) => `"${text.replace(/[\\"]/g, (mark) => `\\${mark}`)}"`);
    const element = fc.tuple(fc.stringMatching(/^[a-z]+$/), quoted).map(([a, b]) => `${a}=${b}`);
    fc.assert(
      fc.property(fc.array(element), (list) => {
        expect(headerList(list.join(" , "))).toEqual(list);
        expect(headerParts(list.join(" ; "))).toEqual(list);
      }),
    );
  });

  test("splits as its grammar does, whatever it is given", () => {
    // A string that is closed, anything else, or a mark that nothing closes.
    const grammar = /(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/gs;
    const text = fc.string({ unit: fc.constantFrom('"', "\\", ",", "a", " "), maxLength: 24 });
    fc.assert(
      fc.property(text, (header) => {
        const found = (header.match(grammar) ?? []).map((part) => part.trim());
        expect(headerList(header)).toEqual(found.filter((part) => part !== ""));
      }),
      { numRuns: 2_000 },
    );
  });

  test("looks at each character a bounded number of times", () => {
    // Read by an expression that goes back, this takes a minute.
    const open = `"${'\\"'.repeat(60_000)}`;
    expect(headerList(open)).toEqual([open]);
    const many = Array.from({ length: 30_000 }, () => '",\\').join("");
    expect(headerList(many)).toHaveLength(30_001);
  });
});
