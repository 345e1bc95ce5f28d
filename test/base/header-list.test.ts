import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headerList, headerParts } from "../../src/base/header-list.ts";

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
});
