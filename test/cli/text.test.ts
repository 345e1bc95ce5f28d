import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { glogLine } from "../../src/cli/log/glog.ts";
import { age } from "../../src/cli/output/age.ts";
import { formatOf } from "../../src/cli/output/format.ts";
import { plainJson, plainLines, plainText } from "../../src/cli/output/plain-text.ts";
import { Printer } from "../../src/cli/output/printer.ts";
import { cut, table, width } from "../../src/cli/output/table.ts";
import { fakeScreen } from "./fake-screen.ts";

const red = "\u001b[31m";

describe("age", () => {
  it.each([
    [0, "0s"],
    [-5_000, "0s"],
    [119_999, "119s"],
    [120_000, "2m"],
    [200_000, "3m20s"],
    [45 * 60_000, "45m"],
    [190 * 60_000, "3h10m"],
    [30 * 3_600_000, "30h"],
    [50 * 3_600_000, "2d2h"],
    [400 * 24 * 3_600_000, "400d"],
  ])("writes %d ms as %s, like kubectl", (milliseconds, text) => {
    expect(age(milliseconds)).toBe(text);
  });
});

describe("plainText", () => {
  it.each([
    [`${red}red`, "\\x1b[31mred"],
    ["two\nlines\ttab\r", "two\\nlines\\ttab\\r"],
    ["\u009b2J\u007f", "\\x9b2J\\x7f"],
    ["a\u202eb\u2066c\u2028d", "a\\u202eb\\u2066c\\u2028d"],
    ["a\u061cb\ufeffc\u200bd\u00ade\u3164f", "a\\u061cb\\ufeffc\\u200bd\\xade\\u3164f"],
    ["tag\u{e0041}", "tag\\udb40\\udc41"],
    ["half\ud800", "half\\ud800"],
    ["👩‍💻 ❤️ می‌خواهم", "👩‍💻 ❤️ می‌خواهم"],
    ["naïve 名前 🚀", "naïve 名前 🚀"],
  ])("makes %j harmless", (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it("leaves line breaks and tabs to plainLines", () => {
    expect(plainLines(`a\n\tb${red}`)).toBe("a\n\tb\\x1b[31m");
  });
});

describe("plainJson", () => {
  it("escapes what JSON leaves as it is, and parses to the same", () => {
    const value = { a: `\u009b\u007f\u202e${red}\n`, "k\u0085": [1, "\u{e0041}\u200b\ud800"] };
    const text = plainJson(value);
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("width and cut", () => {
  it.each([
    ["abc", 3],
    ["名前", 4],
    ["e\u0301", 1],
    ["🚀", 2],
  ])("%s takes %d columns", (text, columns) => {
    expect(width(text)).toBe(columns);
  });

  it("cut never splits a wide character", () => {
    expect(cut("名前名前", 4)).toBe("名…");
    expect(cut("abc", 3)).toBe("abc");
  });
});

describe("table", () => {
  const columns = [{ title: "ID" }, { title: "MESSAGE", shrinks: true }];

  it("aligns, makes cells plain, and has no blanks at the ends of lines", () => {
    const text = table(
      columns,
      [
        ["a", "x\n"],
        ["long", ""],
        ["名", "y"],
      ],
      fakeScreen(),
    );
    expect(text.split("\n")).toEqual(["ID    MESSAGE", "a     x\\n", "long  -", "名    y"]);
  });

  it("is one table, however many rows it has", () => {
    const rows = Array.from({ length: 250 }, (_, index) => [String(index), "m"]);
    const lines = table(columns, [...rows, ["longest", "m"]], fakeScreen()).split("\n");
    expect(lines).toHaveLength(252);
    expect(new Set(lines.slice(1).map((line) => line.indexOf("m")))).toEqual(new Set([9]));
  });

  it("is cut to a terminal, and whole in a pipe", () => {
    const rows = [["0123456789", "m".repeat(60)]];
    const shown = table(columns, rows, fakeScreen({ columns: 40 }));
    expect(shown.split("\n")[1]).toBe(`0123456789  ${"m".repeat(27)}…`);
    expect(table(columns, rows, fakeScreen())).toContain("m".repeat(60));
  });

  it("shrinks no further than 8 columns, and never what has to be whole", () => {
    const shown = table(columns, [["0123456789", "m".repeat(60)]], fakeScreen({ columns: 12 }));
    expect(shown.split("\n")[1]).toBe(`0123456789  ${"m".repeat(7)}…`);
  });

  describe("on a terminal that is too narrow for all columns", () => {
    const spare = [
      { title: "ID" },
      { title: "DONE", isSpare: true },
      { title: "LABELS", shrinks: true, isSpare: true },
      { title: "MESSAGE", shrinks: true },
    ];
    const linesOf = (row: readonly string[], wide: number) =>
      table(spare, [row], fakeScreen({ columns: wide })).split("\n");

    it("leaves out what can be spared and is empty", () => {
      const row = ["0123456789", "", "a=b", "message"];
      expect(linesOf(row, 33)).toEqual([
        "ID          DONE  LABELS  MESSAGE",
        "0123456789  -     a=b     message",
      ]);
      expect(linesOf(row, 32)).toEqual([
        "ID          LABELS  MESSAGE",
        "0123456789  a=b     message",
      ]);
    });

    it("leaves out what is not empty after that, the last first, and shares the room again", () => {
      const row = ["0123456789", "50%", "a=b", "a long message"];
      expect(linesOf(row, 32)).toEqual([
        "ID          DONE  MESSAGE",
        "0123456789  50%   a long message",
      ]);
      expect(linesOf(row, 20)).toEqual(["ID          MESSAGE", "0123456789  a long …"]);
    });

    it("leaves out nothing in a pipe", () => {
      const text = table(spare, [["0123456789", "", "", "m".repeat(200)]], fakeScreen());
      expect(text.split("\n")[0]).toBe("ID          DONE  LABELS  MESSAGE");
    });
  });
});

describe("glogLine", () => {
  it("has glog's header and never a second line", () => {
    const line = glogLine("I", "request", "GET /\nforged", new Date(2026, 10, 2, 3, 4, 5, 67));
    expect(line).toMatch(/^I1102 03:04:05\.067000 +\d+ request\] GET \/\\nforged$/);
  });
});

describe("Printer", () => {
  const printed = { value: { id: "a", evil: red }, ids: ["a"], table: () => "TABLE" };

  it.each([
    ["table", "TABLE\n"],
    ["json", `${JSON.stringify(printed.value, undefined, 2)}\n`],
    ["yaml", stringify(printed.value)],
    ["id", "a\n"],
    ["jsonpath={.id}", "a\n"],
    ["jsonpath={.evil}", `${red}\n`],
  ])("writes -o %s", async (format, text) => {
    const screen = fakeScreen();
    await new Printer(await formatOf(format), screen).print(printed);
    expect(screen.text()).toBe(text);
  });

  it("writes no red of a value to a terminal, in any format", async () => {
    for (const format of ["json", "yaml", "jsonpath={.evil}"]) {
      const screen = fakeScreen({ columns: 80 });
      await new Printer(await formatOf(format), screen).print(printed);
      expect(screen.text()).not.toContain("\u001b");
    }
  });

  it("writes one of many as a line of JSON, or as a document of YAML", async () => {
    const screen = fakeScreen();
    await new Printer(await formatOf("json"), screen).printOne(printed);
    await new Printer(await formatOf("yaml"), screen).printOne({ ...printed, value: { b: 1 } });
    expect(screen.text()).toBe(`${JSON.stringify(printed.value)}\n---\nb: 1\n`);
  });

  it("refuses a format that there is not", async () => {
    await expect(formatOf("xml")).rejects.toThrow(
      /^Invalid output format "xml": must be one of table, json/,
    );
  });
});
