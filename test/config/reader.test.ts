import { describe, expect, it } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { all, bad, ConfigReader, type Setting } from "../../src/config/reader.ts";

const text = (value: string): Setting<string> => ok(value);

describe("all", () => {
  it("is the values in their order", () => {
    expect(all([ok(1), ok(2)])).toEqual(ok([1, 2]));
    expect(all([])).toEqual(ok([]));
  });

  it("is everything that is wrong, where anything is", () => {
    expect(all([bad("a"), ok(2), failed(["b", "c"])])).toEqual(failed(["a", "b", "c"]));
  });
});

describe("ConfigReader", () => {
  const bind = () => undefined;
  const env = { A: "x", N: 16, T: { a: [1] }, F: false, NONE: null, EMPTY: "", BINDING: bind };

  it.each([
    ["A", "x"],
    ["N", "16"],
    ["T", '{"a":[1]}'],
    ["F", "false"],
    ["BINDING", String(bind)],
    ["NONE", undefined],
    ["EMPTY", undefined],
    ["OTHER", undefined],
  ])("reads %s as %j", (name, value) => {
    const reader = new ConfigReader(env);
    expect(reader.read(name, text)).toBe(value);
    expect(reader.problems).toEqual([]);
  });

  it("gathers what is wrong, by name and in order, and reads nothing there", () => {
    const reader = new ConfigReader(env);
    expect(reader.read("A", () => failed(["one", "two"]))).toBeUndefined();
    expect(reader.read("EMPTY", () => bad("never read"))).toBeUndefined();
    reader.refuse("N", "three");
    expect(reader.problems).toEqual([
      { path: "A", message: "one" },
      { path: "A", message: "two" },
      { path: "N", message: "three" },
    ]);
  });
});
