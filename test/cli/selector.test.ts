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
    ["a!=b", "there is no != here"],
    ["a in (b,c)", "there is no in here"],
    ["a notin (b)", "there is no notin here"],
    ["!a", "there is no ! here"],
    ["a>1", "there is no < and > here"],
    ["a", "want name=value"],
    ["=b", "want name=value"],
    ["a=b,", "want name=value"],
    ["a=b,c", "want name=value"],
    ["a===b", "want name=value"],
    ["a=b,a=c", 'Cannot take --label "a" twice with different values'],
  ])("refuses %j, and says why", (text, why) => {
    expect(() => selectorOf([text])).toThrow(why);
  });
});
