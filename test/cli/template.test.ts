import { describe, expect, it } from "vitest";
import { readExact } from "../../src/base/exact-json.ts";
import { parseTemplate } from "../../src/cli/output/template.ts";

const value = {
  id: "a",
  labels: { "x-y": "z", "a}b": "brace" },
  operations: [
    { id: "1", n: 1 },
    { id: "2", n: { deep: null } },
  ],
};

describe("parseTemplate", () => {
  it.each([
    ["{.id}", "a"],
    ["{$.id}", "a"],
    ["{@.id}", "a"],
    ["{id}", "a"],
    [".id", "a"],
    ["$.id", "a"],
    ["{.operations[*].id}", "1 2"],
    ["{.operations[*].n}", '1 {"deep":null}'],
    ["{..id}", "a 1 2"],
    ["{.labels['x-y']}", "z"],
    ["{.labels['a}b']}", "brace"],
    ["{.operations[?@.n == 1].id}", "1"],
    ["{.none}", ""],
    ['id={.id}{"\\t"}{.operations[0].id}', "id=a\t1"],
    ["{.}", JSON.stringify(value)],
  ])("%s writes %j", (template, text) => {
    expect(parseTemplate(template)(value)).toBe(text);
  });

  it("writes numbers as they were written, and compares them as numbers", () => {
    const read = readExact('{"all":[{"id":9007199254740993,"n":1.0},{"id":1e400,"n":[-0]}]}');
    expect(parseTemplate("{.all[*].id} {.all[1].n}")(read)).toBe("9007199254740993 1e400 [-0]");
    expect(parseTemplate("{.all[?@.n == 1].id}")(read)).toBe("9007199254740993");
  });

  it.each([
    ["", /Empty/],
    ["{.id", /a brace is not closed/],
    ["{.[}", /^Cannot read \{\.\[\}/],
    ["{range .operations[*]}{.id}{end}", /range is not supported/],
    ['{"x}', /a brace is not closed/],
  ])("refuses %j", (template, message) => {
    expect(() => parseTemplate(template)).toThrow(message);
  });
});
