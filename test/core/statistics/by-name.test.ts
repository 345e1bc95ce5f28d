import { describe, expect, test } from "vitest";
import { at, columns, others, plus } from "../../../src/core/statistics/by-name.ts";

const twoNames = { most: 2, add: (a: number, b: number) => a + b };

describe("at", () => {
  test("at answers what stands under a name, and nothing that every object has", () => {
    expect(at({ a: 1 }, "a")).toBe(1);
    expect(at({ a: 1 }, "constructor")).toBeUndefined();
    expect(at({ constructor: 2 }, "constructor")).toBe(2);
  });
});

test("others is what no kind and no route pattern is called", () => {
  expect(others).toBe("(other)");
});

describe("plus", () => {
  test("plus keeps the names that come first in the order of their text, and adds up the rest", () => {
    expect(plus({ c: 1, a: 2 }, { d: 4, b: 8, c: 16 }, twoNames)).toEqual({
      a: 2,
      b: 8,
      [others]: 21,
    });
  });

  test("plus keeps as many names as it may beside the others, and has no others without need", () => {
    expect(plus({ a: 1 }, { b: 2 }, twoNames)).toEqual({ a: 1, b: 2 });
    expect(plus({ a: 1, [others]: 4 }, { b: 2 }, twoNames)).toEqual({ a: 1, b: 2, [others]: 4 });
  });

  test("plus leaves both as they were", () => {
    const [a, b] = [Object.freeze({ a: 1 }), Object.freeze({ a: 2, b: 3 })];
    expect(plus(a, b, twoNames)).toEqual({ a: 3, b: 3 });
    expect([a, b]).toEqual([{ a: 1 }, { a: 2, b: 3 }]);
  });
});

describe("columns", () => {
  test("columns has one column for each name, with a gap where a row has nothing", () => {
    expect(columns([{ b: 1 }, {}, { a: 2, b: 3 }], twoNames)).toEqual({
      a: [undefined, undefined, 2],
      b: [1, undefined, 3],
    });
  });

  test("columns come in the order of their names' text", () => {
    const wide = { ...twoNames, most: 9 };
    const found = columns([{ c: 1, b: 2 }, { a: 3 }, { "/": 4 }], wide);
    expect(Object.keys(found)).toEqual(["/", "a", "b", "c"]);
  });

  test("columns has a gap under a name that every object has a member for", () => {
    expect(columns([{ constructor: 1 }, {}], twoNames)).toEqual({ constructor: [1, undefined] });
  });

  test("columns adds up what its rows tell apart and it does not", () => {
    expect(columns([{ a: 1, c: 2 }, { b: 3, d: 4, [others]: 5 }, { d: 6 }], twoNames)).toEqual({
      [others]: [2, 9, 6],
      a: [1, undefined, undefined],
      b: [undefined, 3, undefined],
    });
  });
});
