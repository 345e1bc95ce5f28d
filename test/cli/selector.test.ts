import { describe, expect, it } from "vitest";
import { selectorOf } from "../../src/cli/settings/selector.ts";

describe("selectorOf", () => {
  it.each([
    [["a=b"], { a: "b" }],
    [["a==b"], { a: "b" }],
    [["a=b,c=d", "e=f"], { a: "b", c: "d", e: "f" }],
    [["a=b, c=d"], { a: "b", c: "d" }],
    [["a=b\\,c"], { a: "b,c" }],
    [["a="], { a: "" }],
    [["url=http://x/?y=z"], { url: "http://x/?y=z" }],
    [["a=b", "a=b"], { a: "b" }],
    [undefined, {}],
  ])("reads %j as %j", (given, labels) => {
    expect(selectorOf(given)).toEqual(labels);
  });

  it.each([
    ["a!=b", "without !=;"],
    ["a in (b,c)", "without in;"],
    ["a notin (b)", "without notin;"],
    ["!a", "without !;"],
    ["a>1", "without < and >;"],
    ["a", "must be name=value"],
    ["=b", "must be name=value"],
    ["a=b,", "must be name=value"],
    ["a=b,c", "must be name=value"],
    ["a===b", "must be name=value"],
    ["a=b,a=c", 'Cannot use --label "a" twice with different values'],
  ])("refuses %j, and says why", (text, why) => {
    expect(() => selectorOf([text])).toThrow(why);
  });
});
