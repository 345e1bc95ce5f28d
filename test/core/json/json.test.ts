import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, jsonText, parseJson, sorted } from "../../../src/core/json/json.ts";
import { breakOf } from "../../../src/core/json/json-break.ts";
import { maxDepth } from "../../../src/core/limits.ts";
import { character } from "../characters.ts";

const runs = { seed: 17, numRuns: 500 };

/** JSON values, names and texts of every kind; `__proto__` is for the tests that are about it. */
const json = fc.jsonValue({ maxDepth: 6, stringUnit: character }).filter(isPlain);

function isPlain(value: unknown): boolean {
  return !JSON.stringify(value).includes('"__proto__":');
}

/** What parseJson answers where every number is kept as it is. */
function read(value: unknown) {
  return { ok: true, value: { value, exact: value } };
}

function messageOf(text: string): string {
  const parsed = parseJson(text);
  return parsed.ok ? `parsed ${JSON.stringify(parsed.value.value)}` : parsed.failure.message;
}

function arrays(depth: number, inside = ""): string {
  return "[".repeat(depth) + inside + "]".repeat(depth);
}

function objects(depth: number): string {
  return `${'{"a":'.repeat(depth - 1)}{}${"}".repeat(depth - 1)}`;
}

describe("parseJson", () => {
  test("parseJson answers what JSON.parse does, for every JSON text", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseJson(text)).toEqual(read(JSON.parse(text)));
      }),
      runs,
    );
  });

  test.each(["", " ", "\n\t\r "])("parseJson says that %j is empty", (text) => {
    expect(parseJson(text)).toEqual({
      ok: false,
      failure: { code: "malformed-json", message: "The body is empty" },
    });
  });

  test.each([
    ["{", "it ends too early, at line 1, column 2"],
    ['{"a":1', "it ends too early, at line 1, column 7"],
    ['{"a":"b', "it ends too early, at line 1, column 8"],
    ['"\\', 'unexpected "\\\\" at line 1, column 2'],
    ["[t", "it ends too early, at line 1, column 3"],
    ["fals", "it ends too early, at line 1, column 5"],
    ["tu", 'unexpected "t" at line 1, column 1'],
    ["-n", 'unexpected "-" at line 1, column 1'],
    ["nul,", 'unexpected "n" at line 1, column 1'],
    ["[\n]\n\n]", 'unexpected "]" at line 4, column 1'],
    ["nul", "it ends too early, at line 1, column 4"],
    ["-", "it ends too early, at line 1, column 2"],
    ['{"a": x}', 'unexpected "x" at line 1, column 7'],
    ['{"a":\n\n  x}', 'unexpected "x" at line 3, column 3'],
    ["[1,]", 'unexpected "]" at line 1, column 4'],
    ["[1 2]", 'unexpected "2" at line 1, column 4'],
    ["[,1]", 'unexpected "," at line 1, column 2'],
    ['{"a":1,}', 'unexpected "}" at line 1, column 8'],
    ['{"a":1]', 'unexpected "]" at line 1, column 7'],
    ["[1}", 'unexpected "}" at line 1, column 3'],
    ['{"a":}', 'unexpected "}" at line 1, column 6'],
    ['{"a":,', 'unexpected "," at line 1, column 6'],
    ['{"a"}', 'unexpected "}" at line 1, column 5'],
    ["{a:1}", 'unexpected "a" at line 1, column 2'],
    ["{1:1}", 'unexpected "1" at line 1, column 2'],
    ["{}}", 'unexpected "}" at line 1, column 3'],
    ["1,2", 'unexpected "," at line 1, column 2'],
    ["01", 'unexpected "1" at line 1, column 2'],
    ["+1", 'unexpected "+" at line 1, column 1'],
    [".5", 'unexpected "." at line 1, column 1'],
    ["NaN", 'unexpected "N" at line 1, column 1'],
    ["True", 'unexpected "T" at line 1, column 1'],
    ["'a'", 'unexpected "\'" at line 1, column 1'],
    ['"a\nb"', 'unexpected "\\n" at line 1, column 3'],
    ['"a\u0001"', 'unexpected "\\u0001" at line 1, column 3'],
    ['"\\x"', 'unexpected "\\\\" at line 1, column 2'],
    ['"\\u12g4"', 'unexpected "\\\\" at line 1, column 2'],
    ["[1] // why", 'unexpected "/" at line 1, column 5'],
    ["\ufeff{}", 'unexpected "\ufeff" at line 1, column 1'],
    ["\u00a0{}", 'unexpected "\u00a0" at line 1, column 1'],
    ["[🙂]", 'unexpected "🙂" at line 1, column 2'],
    ["[\u2028]", 'unexpected "\\u2028" at line 1, column 2'],
  ])("parseJson refuses %j and names the place: %s", (text, told) => {
    expect(parseJson(text)).toEqual({
      ok: false,
      failure: { code: "malformed-json", message: `Cannot parse the body: ${told}` },
    });
  });

  test("parseJson quotes one character of what it refuses, and no more", () => {
    expect(messageOf(`{"password":"hunter2", oops}`)).not.toContain("hunter2");
  });

  test.each([
    ["arrays", arrays(maxDepth), arrays(maxDepth + 1), "[0]".repeat(maxDepth)],
    ["objects", objects(maxDepth), objects(maxDepth + 1), `a${".a".repeat(maxDepth - 1)}`],
  ])("parseJson takes %s that nest maxDepth levels, and no level more", (_, most, more, path) => {
    expect(parseJson(most)).toEqual(read(JSON.parse(most)));
    expect(parseJson(more)).toMatchObject({
      failure: {
        code: "validation-failed",
        errors: [{ path, message: `nests deeper than ${maxDepth} levels` }],
      },
    });
  });

  test("parseJson counts levels of nesting, not scalars inside the deepest", () => {
    expect(parseJson(arrays(maxDepth, '1,"a",null'))).toHaveProperty("ok", true);
  });

  test.each([1_000, 100_000])(
    "parseJson refuses %i levels without overflowing a stack",
    (depth) => {
      expect(messageOf(arrays(depth))).toContain(`nests deeper than ${maxDepth} levels`);
      expect(messageOf("[".repeat(depth))).toBe(
        `Cannot parse the body: it ends too early, at line 1, column ${depth + 1}`,
      );
      expect(messageOf(`${arrays(depth, "x")}`)).toContain(`unexpected "x"`);
    },
  );

  test("parseJson reads a long text in a string, whole or broken", () => {
    const long = "é\\n".repeat(1_000_000);
    expect(parseJson(`"${long}"`)).toEqual(read(JSON.parse(`"${long}"`)));
    expect(messageOf(`"${long}`)).toContain("it ends too early");
    expect(messageOf(`["${"x".repeat(5_000_000)}" y]`)).toContain("column 5000005");
  });

  test.each([
    ['{"__proto__":1}', "__proto__"],
    ['{"__proto__":{"admin":true}}', "__proto__"],
    ['{"\\u005f_proto__":1}', "__proto__"],
    ['{"\\u005f\\u005f\\u0070roto\\u005F_":{}}', "__proto__"],
    ['{"a":[1,{"b":{"__proto__":null}}]}', "a[1].b.__proto__"],
    ['[{"__proto__":[]}]', "[0].__proto__"],
  ])("parseJson refuses a member called __proto__, however it is written: %s", (text, path) => {
    const message = "must not be named __proto__";
    expect(parseJson(text)).toEqual({
      ok: false,
      failure: {
        code: "validation-failed",
        message: `${path}: ${message}`,
        errors: [{ path, message }],
      },
    });
  });

  test("parseJson shows what leads to a fault as far as it helps, however long its names are", () => {
    const pathIn = (name: string) => {
      const parsed = parseJson(`{"${name}":{"__proto__":1}}`);
      return parsed.ok ? undefined : parsed.failure.errors?.[0]?.path;
    };
    expect(pathIn("n".repeat(190))).toBe(`${"n".repeat(190)}.__proto__`);
    expect(pathIn("n".repeat(191))).toBe(`${"n".repeat(191)}.__proto_…`);
    expect(pathIn("n".repeat(1_000_000))).toBe(`${"n".repeat(200)}…`);
  });

  test.each(['["__proto__"]', '{"a":"__proto__"}', '{"constructor":1,"prototype":2}'])(
    "parseJson takes %s: only the name of a member makes trouble",
    (text) => {
      expect(parseJson(text)).toEqual(read(JSON.parse(text)));
    },
  );
});

describe("breakOf", () => {
  test("breakOf of a JSON text cut off anywhere is where it was cut off", () => {
    const compound = json.filter((value) => typeof value === "object" && value !== null);
    // A number or an escape may be cut off inside, where what is left of it stands at fault.
    const whole = compound.filter((value) => !/[\\.eE]/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(whole, fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        const part = text.slice(0, cut % text.length);
        expect(breakOf(part)).toBe(part.length);
      }),
      runs,
    );
  });

  test("breakOf finds a stray character wherever one stands between two tokens", () => {
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.constantFrom("§", "'", "\u00a0", "x", "/"),
        (value, n, stray) => {
          const tokens = tokensOf(JSON.stringify(value));
          const place = n % (tokens.length + 1);
          const before = tokens.slice(0, place).join(" ");
          const text = `${before} ${stray} ${tokens.slice(place).join(" ")}`;
          expect(text[breakOf(text)]).toBe(stray);
          expect(breakOf(text)).toBe(before.length + 1);
        },
      ),
      runs,
    );
  });

  test("breakOf blames nothing that JSON.parse takes", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value, undefined, 1);
        expect(breakOf(text)).toBe(text.length);
      }),
      runs,
    );
  });

  test("breakOf blames every text that JSON.parse refuses", () => {
    const noise = fc.array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        '"a"',
        "1",
        "-",
        "0.5",
        "1e5",
        "null",
        " ",
        "\\",
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(noise, (parts) => {
        const text = parts.join("");
        const at = breakOf(text);
        // Where it blames a place, no continuation from there on could mend the text.
        if (isJson(text)) expect(at).toBe(text.length);
        else if (at === text.length) expect(isJson(`${text} `)).toBe(false);
        else expect(isJson(text.slice(0, at + 1))).toBe(false);
      }),
      { seed: 17, numRuns: 20_000 },
    );
  });
});

/** The tokens of a JSON text that has no blanks between them. */
function tokensOf(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:]+/g) ?? [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("canonical", () => {
  test.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [
      { b: [{ d: 1, c: null }], a: { f: "x", e: true } },
      '{"a":{"e":true,"f":"x"},"b":[{"c":null,"d":1}]}',
    ],
    [[2, 1], "[2,1]"],
    [{ 10: "b", 9: "a", a: 1 }, '{"9":"a","10":"b","a":1}'],
    [null, "null"],
    ["text", '"text"'],
    [-0, "0"],
    [{ a: undefined }, "{}"],
  ])("canonical of %j is %s", (value, text) => {
    expect(canonical(value)).toBe(text);
  });

  test("canonical gives one text to values that differ only in the order of members", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(reversed(value))).toBe(canonical(value));
      }),
      runs,
    );
  });

  test("canonical writes what parses back to the same value, so different values differ", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      runs,
    );
  });
});

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([name, member]) => [name, reversed(member)]));
}

describe("sorted", () => {
  test("sorted orders members by the code units of their names", () => {
    const members = { b: 1, "\u{1f642}": 2, "\uff5e": 3, a: 4, B: 5, "": 6 };
    expect(Object.keys(sorted(members))).toEqual(["", "B", "a", "b", "\u{1f642}", "\uff5e"]);
  });

  test("sorted answers what is made of each member, and the members themselves without that", () => {
    expect(sorted({ b: 1, a: [2] })).toEqual({ a: [2], b: 1 });
    expect(sorted({ b: 1, a: 2 }, (member) => [member])).toEqual({ a: [2], b: [1] });
  });
});

describe("jsonText", () => {
  test.each([
    ["[1, 2]", "[1,2]"],
    ['{"a" : 9007199254740993 }', '{"a":9007199254740993}'],
    ["[1e400, 1.0]", "[1e400,1.0]"],
  ])("jsonText of what was read from %s is %s", (text, written) => {
    const parsed = parseJson(text);
    if (!parsed.ok) throw new Error(parsed.failure.message);
    expect(jsonText(parsed.value)).toBe(written);
  });

  test("jsonText of no value is nothing", () => {
    expect(jsonText({ value: undefined, exact: undefined })).toBeUndefined();
  });
});
