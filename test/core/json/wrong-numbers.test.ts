import { describe, expect, test } from "vitest";
import { parseExact } from "../../../src/base/exact-json.ts";
import { wrongNumbers } from "../../../src/core/json/wrong-numbers.ts";

const integer = (token: string, double: string) =>
  `must be an integer that a double can hold: "${token}" would become ${double}`;
const large = (token: string) => `must be a number that a double can hold: "${token}" is too large`;

describe("wrongNumbers", () => {
  test.each([
    ['{"id":9007199254740993}', "input.id", integer("9007199254740993", "9007199254740992")],
    ["[[1,9007199254740993.0]]", "input[0][1]", integer("9007199254740993.0", "9007199254740992")],
    ['{"a":{"b":[0,{"c":-1e400}]}}', "input.a.b[1].c", large("-1e400")],
    ["1e400", "input", large("1e400")],
  ])("names the place of what a double cannot hold: %s at %s", (text, path, message) => {
    expect(wrongNumbers(parseExact(text), "input")).toEqual([{ path, message }]);
  });

  test("names a place in a whole body without a name for the body", () => {
    expect(wrongNumbers(parseExact('{"a":[1e400]}'), "")).toEqual([
      { path: "a[0]", message: large("1e400") },
    ]);
  });

  test.each(["1.0", "0.10000000000000000001", "1e-400", "-0", "1E5", "1e23", "9007199254740992"])(
    "lets %s pass",
    (text) => {
      expect(wrongNumbers(parseExact(`[${text}]`), "input")).toEqual([]);
    },
  );

  test("lets what is no number pass", () => {
    expect(wrongNumbers(parseExact('[null,true,"1e400",{"a":null},[]]'), "input")).toEqual([]);
    expect(wrongNumbers(null, "input")).toEqual([]);
  });

  test("tells a hundred at most, each with a path of bounded length", () => {
    const name = "n".repeat(1_000);
    const wrong = wrongNumbers(parseExact(`{"${name}":[${"1e400,".repeat(1_000)}0]}`), "input");
    expect(wrong).toHaveLength(100);
    expect(wrong.every(({ path }) => path.length <= 201)).toBe(true);
  });
});
