import { describe, expect, it } from "vitest";
import { echo } from "../../src/kinds/echo.ts";
import { builtIn } from "../../src/kinds/index.ts";
import { KindTable } from "../../src/kinds/kind-table.ts";

describe("KindTable", () => {
  it("lists the kinds by name, and finds each for a request and for work", () => {
    const kinds = new KindTable({ second: builtIn.simulate, first: echo });
    expect(kinds.all).toEqual([
      ["first", echo],
      ["second", builtIn.simulate],
    ]);
    expect(kinds.find("first")).toBe(echo);
    expect(kinds.findWork("second")).toBe(builtIn.simulate);
  });

  it.each(["", "Echo", "echo ", "__proto__", "constructor", "toString"])(
    "finds nothing called %j",
    (name) => {
      const kinds = new KindTable(builtIn);
      expect(kinds.find(name)).toBeUndefined();
      expect(kinds.findWork(name)).toBeUndefined();
    },
  );

  it.each(["", "a b", "-a", "a/b", "document", "a".repeat(64)])(
    "takes no kind named %j",
    (name) => {
      expect(() => new KindTable({ [name]: echo })).toThrow(
        `Invalid kind name ${JSON.stringify(name)}`,
      );
    },
  );
});
