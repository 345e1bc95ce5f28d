import { describe, expect, test } from "vitest";
import { encodeJson, JsonText } from "../../src/base/json-text.ts";

const big = "9007199254740993";

describe("JsonText", () => {
  test.each(["", "{", "01", "1e", "{} {}"])("refuses %j, which is not JSON", (text) => {
    expect(() => new JsonText(text)).toThrow(SyntaxError);
  });

  test("is the value that JSON.parse makes of it to JSON.stringify, and its text as a string", () => {
    expect(JSON.stringify({ a: new JsonText(big) })).toBe('{"a":9007199254740992}');
    expect(`${new JsonText(big)}`).toBe(big);
  });
});

describe("encodeJson", () => {
  test.each([
    [new JsonText(big), big],
    [{ a: [1, new JsonText("1.0"), null] }, '{"a":[1,1.0,null]}'],
    [{ a: new JsonText('{ "b" : 1e400 }') }, '{"a":{ "b" : 1e400 }}'],
  ])("writes a JsonText as it is, wherever it stands: %j", (value, text) => {
    expect(encodeJson(value)).toBe(text);
  });

  const odd = {
    date: new Date(0),
    none: undefined,
    run: () => 1,
    of: [undefined, () => 1, Symbol.iterator],
    numbers: [Number.NaN, Infinity, -0],
    'a "name"': "\ud800\u2028é",
    10: "ten",
    9: "nine",
  };

  test.each([undefined, null, true, "a", -0, [], {}, odd, () => 1])(
    "writes what JSON.stringify does where there is none: %j",
    (value) => {
      expect(encodeJson(value)).toBe(JSON.stringify(value));
    },
  );

  test("writes what stands beside a JsonText as JSON.stringify does", () => {
    const plain = JSON.stringify({ odd, last: 0 });
    expect(encodeJson({ odd, last: new JsonText(big) })).toBe(plain.replace(/0\}$/, `${big}}`));
  });

  test("takes a member called toJSON that is no function for any other", () => {
    const of = (number: unknown) => ({ toJSON: null, n: number, in: { toJSON: number } });
    expect(encodeJson(of(new JsonText(big)))).toBe(JSON.stringify(of(0)).replaceAll("0", big));
  });

  test.each([0, 2, 4])("indents by %i as JSON.stringify does", (indent) => {
    const of = (number: unknown) => ({ a: [number, [], {}, { b: [number] }], "": { odd } });
    expect(encodeJson(of(new JsonText("7")), indent)).toBe(
      JSON.stringify(of(7), undefined, indent),
    );
  });

  test("throws TypeError for what JSON cannot say", () => {
    const cyclic: Record<string, unknown> = { text: new JsonText(big) };
    cyclic.self = cyclic;
    expect(() => encodeJson(cyclic)).toThrow(TypeError);
    expect(() => encodeJson({ a: 1n, text: new JsonText(big) })).toThrow(TypeError);
  });
});
