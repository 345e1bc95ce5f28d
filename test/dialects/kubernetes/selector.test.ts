import { describe, expect, it } from "vitest";
import { parseSelector } from "../../../src/dialects/kubernetes/selector.ts";

const is = (label: string, value: string) => ({ label, value, isEqual: true });
const isNot = (label: string, value: string) => ({ label, value, isEqual: false });

describe("parseSelector", () => {
  it.each([
    ["", []],
    [",", []],
    [" , ", []],
    ["a=b", [is("a", "b")]],
    ["a==b", [is("a", "b")]],
    ["a!=b", [isNot("a", "b")]],
    ["a=", [is("a", "")]],
    ["a!=", [isNot("a", "")]],
    ["a=b,c!=d", [is("a", "b"), isNot("c", "d")]],
    ["a=b,,c==d,", [is("a", "b"), is("c", "d")]],
    [" a = b , c != d ", [is("a", "b"), isNot("c", "d")]],
    ["a=b,a!=c", [is("a", "b"), isNot("a", "c")]],
    ["team/name=x.y-z_1", [is("team/name", "x.y-z_1")]],
    [`a='; DROP TABLE documents; --`, [is("a", "'; DROP TABLE documents; --")]],
  ])("reads %j", (text, requirements) => {
    expect(parseSelector(text)).toEqual({ ok: true, value: requirements });
  });

  it.each(["a", "=b", "!=b", "a=b,c", "a=b=c", "a===b", "a!b", "a=!b", "a!==b", " =b", "==", "!"])(
    "refuses %j",
    (text) => {
      const parsed = parseSelector(text);
      if (parsed.ok) throw new Error("It was read");
      expect(parsed.failure.code).toBe("validation-failed");
      expect(parsed.failure.errors?.[0]?.path).toBe("labels");
      expect(parsed.failure.message).toMatch(/^labels: must be name=value or name!=value, not "/);
    },
  );

  it("refuses more labels than one statement can hold, and takes as many as that", () => {
    const of = (count: number) => Array.from({ length: count }, (_, n) => `l${n}=v`).join(",");
    expect(parseSelector(of(32))).toHaveProperty("ok", true);
    expect(parseSelector(of(33))).toMatchObject({
      failure: { message: "labels: at most 32 labels are allowed" },
    });
  });
});
