import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExact, parseExact } from "../../src/base/exact-json.ts";
import { encodeJson, JsonText } from "../../src/base/json-text.ts";
import { character } from "../core/characters.ts";

const runs = { seed: 91, numRuns: 1_000 };

const digits = (min: number, max: number) =>
  fc
    .array(fc.constantFrom(..."0123456789"), { minLength: min, maxLength: max })
    .map((all) => all.join(""));

/** Numbers in every writing that JSON has. */
const number = fc
  .tuple(
    fc.constantFrom("", "-"),
    digits(1, 25).map((text) => text.replace(/^0+(?=\d)/, "")),
    fc.option(digits(1, 25), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), digits(1, 3)), {
      nil: undefined,
    }),
  )
  .map(
    ([sign, whole, fraction, power]) =>
      `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${power?.join("") ?? ""}`,
  );

/** A JSON text with blanks, and the same as it is kept. */
interface Written {
  readonly sent: string;
  readonly kept: string;
}

const blank = fc.constantFrom("", "", " ", "\n", "\t \r\n");
const same = (text: string): Written => ({ sent: text, kept: text });
const name = fc.string({ unit: character, maxLength: 6 }).filter((text) => !/^\d+$/.test(text));
const string = fc.oneof(
  fc.string({ unit: character, maxLength: 12 }).map((text) => same(JSON.stringify(text))),
  fc.constant({ sent: '"\\u00e9\\/1.0\\\\"', kept: '"é/1.0\\\\"' }),
  fc.constant(same('"1.0, -0, {\\"a\\":1e5}, [9007199254740993"')),
);

const { json } = fc.letrec<{ json: Written }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(number.map(same), string, fc.constantFrom(...["true", "false", "null"].map(same))),
    fc.tuple(blank, fc.array(tie("json"), { maxLength: 4 })).map(
      ([pad, items]): Written => ({
        sent: `[${pad}${items.map(({ sent }) => `${sent}${pad}`).join(`,${pad}`)}]`,
        kept: `[${items.map(({ kept }) => kept).join(",")}]`,
      }),
    ),
    fc
      .tuple(
        blank,
        fc.uniqueArray(fc.tuple(name, tie("json")), { maxLength: 4, selector: (m) => m[0] }),
      )
      .map(
        ([pad, members]): Written => ({
          sent: `{${pad}${members
            .map(([key, { sent }]) => `${JSON.stringify(key)}${pad}:${pad}${sent}${pad}`)
            .join(`,${pad}`)}}`,
          kept: `{${members.map(([key, { kept }]) => `${JSON.stringify(key)}:${kept}`).join(",")}}`,
        }),
      ),
  ),
}));

describe("parseExact", () => {
  test("keeps every number as it is written, and all else as JSON.parse and JSON.stringify do", () => {
    fc.assert(
      fc.property(json, ({ sent, kept }) => {
        expect(encodeJson(parseExact(sent))).toBe(kept);
        expect(JSON.stringify(parseExact(sent))).toBe(JSON.stringify(JSON.parse(sent)));
      }),
      runs,
    );
  });

  test.each([
    ['{"a":1.0,"b":2,"a":3.0}', '{"a":3.0,"b":2}'],
    ['{"b":1.0,"10":2.0,"9":3.0}', '{"9":3.0,"10":2.0,"b":1.0}'],
    ['{"a":{"x":1.0},"a":[]}', '{"a":[]}'],
    ['{"":1.0}', '{"":1.0}'],
    ['{"__proto__":{"a":1.0}}', '{"__proto__":{"a":1.0}}'],
    ["  1E5 ", "1E5"],
  ])("takes members of one name, and their order, as JSON.parse does: %s", (text, kept) => {
    expect(encodeJson(parseExact(text))).toBe(kept);
    expect(Object.getPrototypeOf(parseExact('{"__proto__":1}'))).toBe(Object.prototype);
  });

  test("makes a JsonText of what a double changes, and of nothing else", () => {
    expect(parseExact("[1,0.1,1e400,true]")).toEqual([1, 0.1, new JsonText("1e400"), true]);
  });

  test("reads a hundred thousand levels", () => {
    const depth = 100_000;
    let inner = parseExact(`${"[".repeat(depth)}1.0${"]".repeat(depth)}`);
    for (let level = 0; level < depth; level++) inner = (inner as unknown[])[0];
    expect(inner).toEqual(new JsonText("1.0"));
  });
});

describe("isExact", () => {
  test("says whether JSON.parse and JSON.stringify keep each number", () => {
    fc.assert(
      fc.property(json, ({ sent, kept }) => {
        expect(isExact(sent)).toBe(JSON.stringify(JSON.parse(sent)) === kept);
      }),
      runs,
    );
  });

  test.each([
    "9007199254740993",
    "[-9007199254740993]",
    '{"a":1e400}',
    '{"a": 1.0}',
    "-0",
    "[1,-0]",
    "1E5",
    "0.10000000000000000001",
    "[0.10]",
    "[0.0000001]",
    "[123456789012.1234567]",
    "100000000000000000000000",
  ])("no for %s", (text) => {
    expect(isExact(text)).toBe(false);
  });

  test.each([
    "0",
    "[-1,999999999999999,9007199254740992,12345678901234567000]",
    "[0.000001,-0.5,12345678.123456,123456789.5]",
    '{"a":0.1,"b":-1.5,"c":1e+21,"d":1e-7}',
    '{"id":"9007199254740993","at":"2026-11-25T12:00:01.0Z","x":"-0","\\"1.0":":1.0"}',
  ])("yes for %s", (text) => {
    expect(isExact(text)).toBe(true);
  });
});
