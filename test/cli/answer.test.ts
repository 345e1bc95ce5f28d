import { describe, expect, it } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { answerOf } from "../../src/cli/prompts/answer.ts";

describe("answerOf", () => {
  it.each([
    ['{"n":3}', {}, { n: 3 }],
    ['"yes"', {}, "yes"],
    ["yes", { type: "string" }, "yes"],
    ["3", { type: "string" }, "3"],
    ["", { type: "string" }, ""],
    ["yes", { type: ["string", "number"] }, "yes"],
    ["3", { type: ["string", "number"] }, 3],
  ])("reads %j for %j as %j", (line, schema, value) => {
    expect(answerOf(line, schema)).toEqual(ok(value));
  });

  it.each([
    ["yes", {}, 'That is not JSON: a string needs quotes, "yes"'],
    [" yes ", true, 'That is not JSON: a string needs quotes, "yes"'],
    ["yes", { type: "number" }, 'That is not JSON: a string needs quotes, "yes"'],
    ["", {}, "Enter JSON"],
  ])("says how %j for %j would be right", (line, schema, problem) => {
    expect(answerOf(line, schema)).toEqual(failed(problem));
  });
});
