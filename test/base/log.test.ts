import { afterEach, describe, expect, test, vi } from "vitest";
import type { Fields, Level } from "../../src/base/log.ts";
import { errorOf, FatalError, Logger, reasonOf, stackOf } from "../../src/base/log.ts";
import { parseVerbosity, quiet, type Verbosity } from "../../src/base/verbosity.ts";

interface Line {
  readonly level: Level;
  readonly text: string;
}

/** Book is a sink that remembers its lines. */
class Book {
  readonly lines: Line[] = [];
  readonly sink = (level: Level, text: string): void => {
    this.lines.push({ level, text });
  };

  entries(): readonly unknown[] {
    return this.lines.map((line): unknown => JSON.parse(line.text));
  }
}

function verbosity(v: string, vmodule: string): Verbosity {
  const parsed = parseVerbosity(v, vmodule);
  if (!parsed.ok) throw new Error(parsed.failure);
  return parsed.value;
}

function write(fields: Fields, message = "hello"): string {
  const book = new Book();
  new Logger("test", quiet, {}, book.sink).info(message, fields);
  return book.lines.map((line) => line.text).join("\n");
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("fault 22 of the original: Logger writes leveled JSON lines, V and VMODULE choose the detail, fatal fails the request", () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 21, 19, 16, 0, 7) });
  const book = new Book();
  const chosen = verbosity("1", "http=2,object/*=3");
  const http = new Logger("http", chosen, { requestId: "r1" }, book.sink);
  const store = new Logger("object/store", chosen, { requestId: "r1" }, book.sink);
  const other = new Logger("kinds/echo", chosen, { requestId: "r1" }, book.sink);

  http.info("at info");
  http.warning("at warning");
  http.error("at error");
  expect(() => http.fatal("at fatal")).toThrow(FatalError);
  for (const log of [http, store, other]) {
    for (const n of [1, 2, 3, 4]) log.V(n)?.info("detail");
  }

  const time = "2026-11-21T19:16:00.007Z";
  const common = { time, requestId: "r1" };
  expect(book.entries()).toEqual([
    { ...common, level: "info", v: 0, module: "http", message: "at info" },
    { ...common, level: "warning", v: 0, module: "http", message: "at warning" },
    { ...common, level: "error", v: 0, module: "http", message: "at error" },
    { ...common, level: "fatal", v: 0, module: "http", message: "at fatal" },
    { ...common, level: "info", v: 1, module: "http", message: "detail" },
    { ...common, level: "info", v: 2, module: "http", message: "detail" },
    { ...common, level: "info", v: 1, module: "object/store", message: "detail" },
    { ...common, level: "info", v: 2, module: "object/store", message: "detail" },
    { ...common, level: "info", v: 3, module: "object/store", message: "detail" },
    { ...common, level: "info", v: 1, module: "kinds/echo", message: "detail" },
  ]);
});

describe("Logger", () => {
  test("Logger hands each line to its sink with its severity", () => {
    const book = new Book();
    const log = new Logger("test", verbosity("1", ""), {}, book.sink);
    log.info("a");
    log.warning("b");
    log.error("c");
    log.V(1)?.info("d");
    expect(() => log.fatal("e")).toThrow();
    expect(book.lines.map((line) => line.level)).toEqual([
      "info",
      "warning",
      "error",
      "info",
      "fatal",
    ]);
  });

  test("Logger.V is on up to its level, and off above it: nothing is written", () => {
    const book = new Book();
    const log = new Logger("test", verbosity("2", ""), {}, book.sink);
    expect([0, 1, 2, 3, 10].map((n) => log.V(n) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(book.lines).toEqual([]);
  });

  test("Logger without a verbosity says V(0) only", () => {
    const log = new Logger("test");
    expect(log.V(0)).toBeDefined();
    expect(log.V(1)).toBeUndefined();
  });

  test("Logger.with adds fields to those it has, for its own lines alone", () => {
    const book = new Book();
    const outer = new Logger(
      "http",
      verbosity("0", "http=2"),
      { requestId: "r1", ray: "a" },
      book.sink,
    );
    const inner = outer.with({ tenant: "t1", requestId: "r2" });
    inner.V(2)?.info("in", { size: 3, done: true });
    outer.info("out");
    expect(book.entries()).toEqual([
      expect.objectContaining({
        v: 2,
        module: "http",
        message: "in",
        requestId: "r2",
        ray: "a",
        tenant: "t1",
        size: 3,
        done: true,
      }),
      expect.objectContaining({ v: 0, message: "out", requestId: "r1" }),
    ]);
    expect(book.entries()[1]).not.toHaveProperty("tenant");
  });

  test("Logger leaves out a field that is undefined", () => {
    expect(JSON.parse(write({ tenant: undefined }))).not.toHaveProperty("tenant");
  });

  test("Logger opens a line with time, level, v, module and message", () => {
    const names = Object.keys(JSON.parse(write({ first: 1 })));
    expect(names).toEqual(["time", "level", "v", "module", "message", "first"]);
  });

  test("Logger: no field passes for the time, level, v, module or message of a line", () => {
    const forged = { time: "never", level: "fatal", v: 9, module: "other", message: "forged" };
    const book = new Book();
    new Logger("test", quiet, forged, book.sink).warning("true", forged);
    expect(book.entries()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: "warning",
        v: 0,
        module: "test",
        message: "true",
      },
    ]);
  });

  test.each([
    ["a newline", 'x\n{"level":"fatal"}'],
    ["a carriage return", "x\r\ny"],
    ["a terminal escape", "x\u001b[2Jy"],
    ["a NUL", "x\0y"],
    ["a delete", "x\u007fy"],
    ["a next line", "x\u0085y"],
    ["a C1 terminal escape", "x\u009b2Jy"],
    ["a line separator", "x\u2028y"],
    ["a paragraph separator", "x\u2029y"],
    ["quotes and braces", '"},{"'],
    ["a lone surrogate", "x\ud800y"],
  ])("Logger writes one plain line where a field or message holds %s", (_, text) => {
    const line = write({ field: text, [text]: "name" }, text);
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(JSON.parse(line)).toMatchObject({ message: text, field: text, [text]: "name" });
  });

  test("Logger.fatal writes its line first, then throws what it said", () => {
    const book = new Book();
    const log = new Logger("test", quiet, {}, book.sink);
    const written: number[] = [];
    try {
      log.fatal("Cannot go on", { shard: 3 });
    } catch (error) {
      written.push(book.lines.length);
      expect(error).toBeInstanceOf(FatalError);
      expect(error).toMatchObject({ name: "FatalError", message: "Cannot go on" });
    }
    expect(written).toEqual([1]);
    expect(book.entries()).toMatchObject([{ level: "fatal", message: "Cannot go on", shard: 3 }]);
  });

  test("Logger writes to the console by severity where it has no sink", () => {
    const calls: string[] = [];
    for (const method of ["log", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((line: string) => {
        const { level } = JSON.parse(line) as { level: Level };
        calls.push(`${method} ${level}`);
      });
    }
    const log = new Logger("test");
    log.info("a");
    log.warning("b");
    log.error("c");
    expect(() => log.fatal("d")).toThrow(FatalError);
    expect(calls).toEqual(["log info", "warn warning", "error error", "error fatal"]);
  });
});

describe("stackOf", () => {
  test("stackOf answers the stack of an error", () => {
    const error = new TypeError("broken");
    expect(stackOf(error)).toBe(error.stack);
    expect(stackOf(error)).toContain("TypeError: broken\n");
  });

  test("stackOf answers the name and message of an error without a stack", () => {
    const error = new RangeError("too far");
    Object.defineProperty(error, "stack", { value: undefined });
    expect(stackOf(error)).toBe("RangeError: too far");
  });

  test.each([
    ["a text", "Thrown: a text"],
    [undefined, "Thrown: undefined"],
    [null, "Thrown: null"],
    [42, "Thrown: 42"],
    [Symbol("s"), "Thrown: Symbol(s)"],
    [Object.create(null), "Thrown: an object that cannot be written as text"],
  ])("stackOf answers for a thrown value that is no error, case %#", (thrown: unknown, text) => {
    expect(stackOf(thrown)).toBe(text);
  });
});

describe("errorOf", () => {
  test("errorOf answers an error as it is", () => {
    const error = new RangeError("too far");
    expect(errorOf(error)).toBe(error);
  });

  test.each([
    ["a text", "a text"],
    [undefined, "undefined"],
    [Object.create(null), "an object that cannot be written as text"],
  ])(
    "errorOf makes an error of anything else that is thrown, and does not throw",
    (thrown, told) => {
      expect(errorOf(thrown)).toBeInstanceOf(Error);
      expect(errorOf(thrown).message).toBe(told);
    },
  );
});

describe("reasonOf", () => {
  test.each<[unknown, string]>([
    [new TypeError("no"), "TypeError: no"],
    ["no", "no"],
    [undefined, "undefined"],
    [Object.create(null), "an object that cannot be written as text"],
  ])("reasonOf is the text of %j", (thrown, text) => {
    expect(reasonOf(thrown)).toBe(text);
  });
});

test("a line has a field of any name, `__proto__` among them, and nothing of the prototype", () => {
  const sent = JSON.parse('{"__proto__": "sent", "constructor": "too"}') as Fields;
  const line = write(sent);
  expect(line).toContain('"__proto__":"sent"');
  const book = new Book();
  new Logger("test", quiet, sent, book.sink).with({ more: 1 }).info("hello");
  expect(book.lines[0]?.text).toContain('"__proto__":"sent","constructor":"too","more":1');
});
