import { describe, expect, test } from "vitest";
import { jsonLine, readStored } from "../../src/base/json.ts";

/** Every UTF-16 code unit that ends a line or steers a terminal: C0, DEL, C1, U+2028, U+2029. */
const controls = [...Array(0x20).keys(), 0x7f, ...range(0x80, 0xa0), 0x2028, 0x2029].map((code) =>
  String.fromCharCode(code),
);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe("jsonLine", () => {
  test("jsonLine writes every control character and line separator as an escape", () => {
    const kept = controls.filter((control) => jsonLine(control).includes(control));
    expect(kept).toEqual([]);
  });

  test("jsonLine writes what JSON.parse reads back to the same", () => {
    const text = `before${controls.join("between")}after`;
    expect(JSON.parse(jsonLine(text))).toBe(text);
    expect(JSON.parse(jsonLine({ [text]: [text] }))).toEqual({ [text]: [text] });
  });

  test("jsonLine leaves every other text as JSON.stringify writes it", () => {
    const value = { text: 'é µ 日本 🙂 "quoted" \\ / <b> &', count: 1.5, list: [true, null] };
    expect(jsonLine(value)).toBe(JSON.stringify(value));
  });

  test("jsonLine escapes the names of members too", () => {
    const line = jsonLine({ "a\u2028b": 1 });
    expect(line).toBe('{"a\\u2028b":1}');
  });
});

describe("readStored", () => {
  test("readStored reads JSON, and quotes nothing of what is none", () => {
    expect(readStored('{"a":[1,null]}')).toEqual({ a: [1, null] });
    for (const damaged of ["hunter2", '{"key":hunter2}', '{"key":"hunter2"', "", "\u0000"]) {
      expect(() => readStored(damaged)).toThrow(/^What is stored is not JSON$/);
    }
  });
});
