import { describe, expect, test } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { levelOf, parseVerbosity } from "../../src/base/verbosity.ts";

describe("parseVerbosity", () => {
  test.each([
    ["0", "", { v: 0, modules: [] }],
    ["10", "  ", { v: 10, modules: [] }],
    ["2", "http=2", { v: 2, modules: [{ pattern: "http", v: 2 }] }],
    [
      "0",
      " http=2 , object/*=10,,a.b-c_?=0,",
      {
        v: 0,
        modules: [
          { pattern: "http", v: 2 },
          { pattern: "object/*", v: 10 },
          { pattern: "a.b-c_?", v: 0 },
        ],
      },
    ],
  ])("parseVerbosity reads V %j and VMODULE %j", (v, vmodule, expected) => {
    expect(parseVerbosity(v, vmodule)).toEqual(ok(expected));
  });

  test.each(["", " ", "-1", "11", "1.5", "01", "1 ", "1\n", "x", "Infinity"])(
    "parseVerbosity refuses V %j and quotes it",
    (v) => {
      expect(parseVerbosity(v, "")).toEqual(
        failed(`Cannot parse V "${v}": must be a whole number from 0 to 10`),
      );
    },
  );

  test.each(["http", "http=", "=1", "http=11", "http=-1", "http=1.5", "a b=1", "http==1", "(=1"])(
    "parseVerbosity refuses VMODULE entry %j and quotes it",
    (entry) => {
      expect(parseVerbosity("0", `object=1,${entry}`)).toEqual(
        failed(`Cannot parse VMODULE entry "${entry}": must be pattern=level`),
      );
    },
  );
});

describe("levelOf", () => {
  test.each([
    ["", "http", 1],
    ["http=2", "http", 2],
    ["http=2", "httpd", 1],
    ["http=2", "xhttp", 1],
    ["http=2", "http/router", 2],
    ["router=2", "http/router", 2],
    ["router=2", "http/routers", 1],
    ["http/router=2", "http/router", 2],
    ["http/router=2", "router", 1],
    ["object/*=2", "object/store", 2],
    ["object/*=2", "object", 1],
    ["a/b=2", "a/b/c", 1],
    ["object/*=2", "my/object/store", 1],
    ["*/store=2", "object/store", 2],
    ["rout*=2", "http/router", 2],
    ["*=2", "anything/at/all", 2],
    ["stor?=2", "object/store", 2],
    ["store?=2", "object/store", 1],
    ["a.b=2", "axb", 1],
    ["a.b=2", "a.b", 2],
    ["http=0", "http", 0],
    ["http=2,http=3", "http", 2],
    ["h*=3,http=2", "http", 3],
    ["object=3,http=2", "http", 2],
  ])("levelOf with V=1 and VMODULE=%s answers for module %s: %d", (vmodule, module, level) => {
    const verbosity = parseVerbosity("1", vmodule);
    if (!verbosity.ok) throw new Error(verbosity.failure);
    expect(levelOf(verbosity.value, module)).toBe(level);
  });
});
